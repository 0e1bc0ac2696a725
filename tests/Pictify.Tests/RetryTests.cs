using System.Net.Http;
using System.Net.Sockets;
using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

public sealed class RetryTests
{
    /// <summary>The table of docs/architecture.md: outcome, kind of request, what follows.</summary>
    [Theory]
    [InlineData("unsent", "Read", "SendAgain")]
    [InlineData("unsent", "Transition", "SendAgain")]
    [InlineData("unsent", "Create", "SendAgain")]
    [InlineData("unsent", "Idempotent", "SendAgain")]
    [InlineData("unsent", "Other", "SendAgain")]
    [InlineData("open", "Read", "SendAgain")]
    [InlineData("open", "Transition", "Done")]
    [InlineData("open", "Create", "SendAgain")]
    [InlineData("open", "Idempotent", "SendAgain")]
    [InlineData("open", "Other", "Done")]
    [InlineData("500", "Read", "SendAgain")]
    [InlineData("502", "Transition", "SendAgain")]
    [InlineData("503", "Create", "SendAgain")]
    [InlineData("504", "Idempotent", "SendAgain")]
    [InlineData("408", "Idempotent", "SendAgain")]
    [InlineData("500", "Other", "Done")]
    [InlineData("429", "Read", "WaitForRateLimit")]
    [InlineData("429", "Transition", "WaitForRateLimit")]
    [InlineData("429", "Other", "WaitForRateLimit")]
    [InlineData("429 long", "Read", "Done")]
    [InlineData("429 quota", "Transition", "Done")]
    [InlineData("429 no wait", "Create", "Done")]
    [InlineData("402", "Create", "Done")]
    [InlineData("400", "Read", "Done")]
    [InlineData("404", "Idempotent", "Done")]
    [InlineData("409", "Transition", "Done")]
    [InlineData("501", "Read", "Done")]
    public void The_table_holds(string outcome, string kind, string verdict)
    {
        var request = new ApiRequest(Enum.Parse<RequestKind>(kind), HttpMethod.Post, "x");
        var failure = new PictifyException(PictifyErrorKind.Network, "x");
        Attempt attempt = outcome switch
        {
            "unsent" => new Attempt(null, failure, false),
            "open" => new Attempt(null, failure, true),
            "429" => Respond(429, "{}", "5"),
            "429 long" => Respond(429, "{}", "121"),
            "429 quota" => Respond(429, """{"code":"quota_exceeded"}""", null),
            "429 no wait" => Respond(429, "{}", null),
            _ => Respond(int.Parse(outcome, System.Globalization.CultureInfo.InvariantCulture), "{}", null),
        };
        PictifyException error =
            attempt.Failure ?? ErrorReader.Read(attempt.Response!, request, DateTimeOffset.UnixEpoch);

        Assert.Equal(
            Enum.Parse<Verdict>(verdict),
            RetryRules.Classify(request.Kind, attempt, error, TimeSpan.FromSeconds(120))
        );
    }

    /// <summary>An earlier attempt may have done it: what the last one met does not take that back.</summary>
    [Theory]
    [InlineData("refused")]
    [InlineData("spent")]
    public async Task A_change_stays_open_after_an_attempt_that_may_have_arrived(string last)
    {
        var service = new FakeService(
            (request, number) =>
                number == 1 ? Answer(503, "{}")
                : last == "spent" ? Answer(429, "{}", headers: ("Retry-After", "3600"))
                : throw new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused))
        );

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().PauseAsync("e").Done());

        Assert.True(error.OutcomeUnknown, error.Message);
    }

    [Fact]
    public async Task A_change_stays_open_where_its_next_attempt_is_stopped_before_it_is_sent()
    {
        using var stop = new CancellationTokenSource();
        var service = new FakeService(
            (request, number) =>
            {
                // The rate limit is spent, so that the second attempt waits at the gate, where it is stopped.
                HttpResponseMessage answer = Answer(503, "{}");
                answer.Headers.Add("X-RateLimit-Limit", "10");
                answer.Headers.Add("X-RateLimit-Remaining", "0");
                answer.Headers.Add(
                    "X-RateLimit-Reset",
                    DateTimeOffset
                        .Parse("2026-11-23T12:01:00Z", System.Globalization.CultureInfo.InvariantCulture)
                        .ToUnixTimeSeconds()
                        .ToString(System.Globalization.CultureInfo.InvariantCulture)
                );
                return answer;
            }
        );

        var error = await Assert.ThrowsAsync<PictifyException>(() =>
            new PictifyClient(service.Connect(), new StopAtGate(stop))
                .PauseAsync("e", cancellationToken: stop.Token)
                .Done()
        );

        Assert.True(error.OutcomeUnknown, error.Message);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(408)]
    public async Task A_failing_service_is_asked_three_more_times(int status)
    {
        var service = new FakeService((_, _) => Answer(status, "<html>Bad gateway</html>", "text/html"));

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().GetAsync("e"));

        Assert.Equal(4, service.Requests.Count);
        Assert.Equal(status, error.StatusCode);
        Assert.Contains("an HTML page", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_comes_back_is_no_error()
    {
        var service = new FakeService((_, n) => n < 4 ? Answer(503) : Answer(200, Experiment("e", "running")));

        Assert.Equal("e", (await service.Client().GetAsync("e")).Uid);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("Mon, 23 Nov 2026 12:00:02 GMT")]
    public async Task Retry_After_is_obeyed_to_the_second(string retryAfter)
    {
        var service = new FakeService(
            (_, n) =>
                n == 1
                    ? Answer(429, "{}", "application/json", ("Retry-After", retryAfter))
                    : Answer(200, Experiment("e", "running"))
        );
        Task<Experiment> task = service.Client().GetAsync("e");
        await UntilRequests(service, 1);

        service.Time.Advance(TimeSpan.FromSeconds(1.9));
        await Task.Yield();
        Assert.Single(service.Requests);
        await AdvanceUntil(service, task);

        Assert.Equal("e", (await task).Uid);
        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task A_spent_day_is_an_error_with_the_time_to_go_on()
    {
        var service = new FakeService((_, _) => Answer(429, "{}", "application/json", ("Retry-After", "7200")));

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().GetAsync("e"));

        Assert.Equal(PictifyErrorKind.RateLimited, error.Kind);
        Assert.Equal(service.Time.GetUtcNow().AddHours(2), error.RetryAtMoment);
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task An_attempt_without_an_answer_ends_at_the_time_limit()
    {
        var service = new FakeService(
            async (_, _, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return Answer(200);
            }
        );
        Task<Experiment> task = service
            .Client(static options => options with { MaximumRetryCount = 0, Timeout = TimeSpan.FromSeconds(30) })
            .GetAsync("e");
        await UntilRequests(service, 1);

        service.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(task.IsCompleted);
        await AdvanceUntil(service, task);

        var error = await Assert.ThrowsAsync<PictifyException>(() => task);
        Assert.Equal(PictifyErrorKind.Timeout, error.Kind);
        Assert.Contains("30 seconds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_stalls_ends_at_the_time_limit()
    {
        var service = new FakeService(
            (_, _) => new HttpResponseMessage { Content = new StreamContent(new StalledStream()) }
        );
        Task<Experiment> task = service.Client(static options => options with { MaximumRetryCount = 0 }).GetAsync("e");
        await UntilRequests(service, 1);
        await AdvanceUntil(service, task);

        Assert.Equal(PictifyErrorKind.Timeout, (await Assert.ThrowsAsync<PictifyException>(() => task)).Kind);
    }

    [Fact]
    public async Task Half_a_body_is_a_failed_attempt()
    {
        var service = new FakeService(
            (_, n) =>
            {
                HttpResponseMessage answer = Answer(200, Experiment("e", "running"));
                if (n == 1)
                {
                    answer.Content.Headers.ContentLength = 10_000;
                }

                return answer;
            }
        );

        Assert.Equal("e", (await service.Client().GetAsync("e")).Uid);
        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task A_body_without_end_is_refused()
    {
        var service = new FakeService(
            (_, _) => new HttpResponseMessage { Content = new StreamContent(new EndlessStream()) }
        );

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().GetAsync("e"));

        Assert.Equal(PictifyErrorKind.InvalidResponse, error.Kind);
        Assert.Contains("64 MB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_a_read_drops_it_at_once()
    {
        var service = new FakeService(
            async (_, _, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return Answer(200);
            }
        );
        using var stop = new CancellationTokenSource();
        Task<Experiment> task = service.Client().GetAsync("e", stop.Token);
        await UntilRequests(service, 1);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
    }

    [Fact]
    public async Task Stopping_a_change_that_is_under_way_waits_for_its_answer()
    {
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        var service = new FakeService((_, _, _) => answer.Task);
        using var stop = new CancellationTokenSource();
        Task<ExperimentChange> task = service.Client().PauseAsync("e", null, stop.Token).Done();
        await UntilRequests(service, 1);

        await stop.CancelAsync();
        answer.SetResult(Answer(200, Experiment("e", "paused")));

        Assert.True((await task).Changed);
    }

    /// <summary>By the connection's clock, which shows the same time until the test moves it.</summary>
    [Fact]
    public async Task Stopping_a_change_waits_five_seconds_for_its_answer_and_no_longer()
    {
        var service = new FakeService(
            async (_, _, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return Answer(200);
            }
        );
        using var stop = new CancellationTokenSource();
        Task<ExperimentChange> task = service.Client().PauseAsync("e", null, stop.Token);
        await UntilRequests(service, 1);
        await stop.CancelAsync();

        service.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(task.IsCompleted);
        service.Time.Advance(TimeSpan.FromSeconds(0.2));

        ExperimentChange change = await task;
        Assert.Equal(ChangeOutcome.Unknown, change.Outcome);
        Assert.Equal((PictifyErrorKind.Stopped, true), (change.Error!.Kind, change.Error.OutcomeUnknown));
        Assert.StartsWith("POST", Assert.Single(service.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_sent_once_stopped()
    {
        var service = new FakeService((_, _) => Answer(200, Experiment("e", "paused")));
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            service.Client().PauseAsync("e", null, stop.Token).Done()
        );
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_again_whatever_was_asked()
    {
        var service = new FakeService(
            (_, n) =>
                n < 3
                    ? throw new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused))
                    : Answer(200, Experiment("e", "paused"))
        );

        Assert.True((await service.Client().PauseAsync("e").Done()).Changed);
        Assert.Equal(3, service.Requests.Count);
    }

    internal static async Task UntilRequests(FakeService service, int count)
    {
        while (service.Requests.Count < count)
        {
            await Task.Yield();
        }
    }

    /// <summary>Moves the clock on until the task ends: where it waits, it waits by this clock only.</summary>
    private static async Task AdvanceUntil(FakeService service, Task task)
    {
        for (int i = 0; i < 10_000 && !task.IsCompleted; i++)
        {
            service.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }

    private static Attempt Respond(int status, string body, string? retryAfter) =>
        new(Response(status, body, retryAfter is null ? [] : [("Retry-After", retryAfter)]), null, true);

    private class EndlessStream : ReadOnlyStream
    {
        public override int Read(byte[] buffer, int offset, int count) => count;
    }

    private sealed class StalledStream : EndlessStream
    {
        public override async Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        )
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }

    private sealed class StopAtGate(CancellationTokenSource stop) : IRequestObserver
    {
        public void Retrying(string request, int attempt, string cause, TimeSpan wait) { }

        public void WaitingForRateLimit(DateTimeOffset until) => stop.Cancel();

        public void Answered(string request, int? status, TimeSpan elapsed) { }
    }
}
