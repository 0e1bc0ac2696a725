using Microsoft.Extensions.Time.Testing;
using Pictify.Http;

namespace Pictify.Tests;

public sealed class RateGateTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly ServerClock _clock = new();

    [Fact]
    public async Task Requests_pass_while_some_remain_counting_those_in_flight()
    {
        RateGate gate = Gate();
        await Learn(gate, remaining: 3, resetIn: 30);

        await gate.EnterAsync(0, null, default);
        await gate.EnterAsync(0, null, default);
        await gate.EnterAsync(0, null, default);
        Task fourth = gate.EnterAsync(0, null, default);

        Assert.False(fourth.IsCompleted);
        Assert.Equal(3, gate.Remaining);
    }

    [Fact]
    public async Task A_spent_window_is_waited_out_and_not_a_moment_longer()
    {
        RateGate gate = Gate();
        await Learn(gate, remaining: 0, resetIn: 30);
        var observer = new Observer();
        Task next = gate.EnterAsync(0, observer, default);

        _time.Advance(TimeSpan.FromSeconds(29.9));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await next.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(_time.GetUtcNow(), observer.Until);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_does_not_lengthen_the_wait()
    {
        var machine = new MachineClock(_time.GetUtcNow());
        var gate = new RateGate(machine, _clock, TimeSpan.FromSeconds(120));
        await gate.EnterAsync(0, null, default);
        gate.Leave(Refused(seconds: 5));
        machine.SetBy(TimeSpan.FromHours(-1));
        Task next = gate.EnterAsync(0, null, default);

        machine.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(next.IsCompleted);
        machine.Advance(TimeSpan.FromSeconds(0.1));
        await next.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_request_that_comes_back_makes_room()
    {
        RateGate gate = Gate();
        await Learn(gate, remaining: 1, resetIn: 30);
        await gate.EnterAsync(0, null, default);
        Task waiting = gate.EnterAsync(0, null, default);
        Assert.False(waiting.IsCompleted);

        // The answer shows that the one in flight was counted already.
        gate.Leave(Response(remaining: 1, resetIn: 30));

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Answers_that_overtake_each_other_do_not_raise_the_count()
    {
        RateGate gate = Gate();
        await gate.EnterAsync(0, null, default);
        await gate.EnterAsync(0, null, default);
        gate.Leave(Response(remaining: 5, resetIn: 30));
        gate.Leave(Response(remaining: 6, resetIn: 30));

        Assert.Equal(5, gate.Remaining);
    }

    [Fact]
    public async Task A_new_window_allows_as_much_as_the_last()
    {
        RateGate gate = Gate();
        await Learn(gate, remaining: 0, resetIn: 30);
        _time.Advance(TimeSpan.FromSeconds(30));

        await gate.EnterAsync(0, null, default).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(60, gate.Remaining);
    }

    [Fact]
    public async Task A_429_closes_the_gate_for_all()
    {
        RateGate gate = Gate();
        await gate.EnterAsync(0, null, default);
        gate.Leave(Refused(seconds: 5));
        Task next = gate.EnterAsync(0, null, default);

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await next.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("""{"message":"Slow down","retry_after":5}""")]
    [InlineData("""{"detail":"Slow down","retryAfter":5}""")]
    public async Task A_429_closes_the_gate_by_its_body_too(string body)
    {
        RateGate gate = Gate();
        await gate.EnterAsync(0, null, default);
        gate.Leave(Refusal(body));
        Task next = gate.EnterAsync(0, null, default);

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await next.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_429_of_the_plans_quota_leaves_the_gate_open()
    {
        RateGate gate = Gate();
        await gate.EnterAsync(0, null, default);
        gate.Leave(Refusal("""{"error":"Quota","code":"quota_exceeded","retry_after":86400}"""));

        Assert.True(gate.EnterAsync(0, null, default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Headers_of_a_429_alone_hold_the_rest_of_the_window_and_not_the_next()
    {
        RateGate gate = Gate();
        await gate.EnterAsync(0, null, default);
        ApiResponse answer = Response(remaining: 0, resetIn: 30);
        gate.Leave(answer with { StatusCode = 429 });
        Task next = gate.EnterAsync(0, null, default);
        Assert.False(next.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(30));
        await next.WaitAsync(TimeSpan.FromSeconds(30));

        // From here on no answer tells of the limit.
        for (int i = 0; i < 200; i++)
        {
            gate.Leave(new ApiResponse(200, ArraySegment<byte>.Empty, null, new Dictionary<string, string>()));
            await gate.EnterAsync(0, null, default).WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    [Fact]
    public async Task The_servers_clock_counts_not_ours()
    {
        // The server is an hour ahead: its reset, taken by our clock, would be an hour off.
        DateTimeOffset now = _time.GetUtcNow();
        _clock.Observe(now.AddHours(1), now, now);
        RateGate gate = Gate();
        await gate.EnterAsync(0, null, default);
        gate.Leave(Response(remaining: 0, resetIn: 3600 + 10));
        Task next = gate.EnterAsync(0, null, default);

        _time.Advance(TimeSpan.FromSeconds(10));
        await next.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_reset_beyond_the_limit_lets_one_request_ask()
    {
        RateGate gate = Gate();
        await Learn(gate, remaining: 0, resetIn: 7200);

        await gate.EnterAsync(0, null, default).WaitAsync(TimeSpan.FromSeconds(30));
        Task second = gate.EnterAsync(0, null, default);
        Assert.False(second.IsCompleted);
        gate.Leave(
            new ApiResponse(
                429,
                ArraySegment<byte>.Empty,
                null,
                new Dictionary<string, string> { ["Retry-After"] = "7200" }
            )
        );

        var error = await Assert.ThrowsAsync<PictifyException>(() => second);
        Assert.Equal(PictifyErrorKind.RateLimited, error.Kind);
        Assert.Equal(_time.GetUtcNow().AddHours(2), error.RetryAtMoment);
    }

    [Fact]
    public async Task The_last_of_a_long_window_is_spent_before_anything_is_refused()
    {
        RateGate gate = Gate();
        await Learn(gate, remaining: 2, resetIn: 7200);
        await gate.EnterAsync(0, null, default);
        await gate.EnterAsync(0, null, default);
        Task third = gate.EnterAsync(0, null, default);
        Assert.False(third.IsCompleted);

        // Both were counted already when this answer was made: one is left.
        gate.Leave(Response(remaining: 2, resetIn: 7200));

        await third.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        RateGate gate = Gate();
        await Learn(gate, remaining: 0, resetIn: 30);
        using var stop = new CancellationTokenSource();
        Task waiting = gate.EnterAsync(0, null, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public void Many_dates_narrow_the_clock_down()
    {
        // The server's clock is 10.3 s ahead, and its Date header cuts off the fraction.
        var skew = TimeSpan.FromSeconds(10.3);
        for (int i = 0; i < 50; i++)
        {
            DateTimeOffset sent = _time.GetUtcNow();
            _time.Advance(TimeSpan.FromMilliseconds(37));
            DateTimeOffset serverTime = sent + skew + TimeSpan.FromMilliseconds(20);
            _clock.Observe(serverTime.AddTicks(-(serverTime.Ticks % TimeSpan.TicksPerSecond)), sent, _time.GetUtcNow());
        }

        Assert.InRange((_clock.Skew!.Value - skew).Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(60));
        Assert.True(_clock.ToLocal(_time.GetUtcNow() + skew) >= _time.GetUtcNow());
    }

    private static ApiResponse Refusal(string body) =>
        new(
            429,
            new ArraySegment<byte>(System.Text.Encoding.UTF8.GetBytes(body)),
            "application/json",
            new Dictionary<string, string>()
        );

    private RateGate Gate() => new(_time, _clock, TimeSpan.FromSeconds(120));

    private async Task Learn(RateGate gate, int remaining, int resetIn)
    {
        await gate.EnterAsync(0, null, default);
        gate.Leave(Response(remaining, resetIn));
    }

    private ApiResponse Response(int remaining, int resetIn) =>
        new(
            200,
            ArraySegment<byte>.Empty,
            null,
            new Dictionary<string, string>
            {
                ["X-RateLimit-Limit"] = "60",
                ["X-RateLimit-Remaining"] = $"{remaining}",
                ["X-RateLimit-Reset"] = $"{_time.GetUtcNow().ToUnixTimeSeconds() + resetIn}",
            }
        );

    private sealed class Observer : IRequestObserver
    {
        public DateTimeOffset? Until { get; private set; }

        public void Retrying(string request, int attempt, string cause, TimeSpan wait) { }

        public void WaitingForRateLimit(DateTimeOffset until) => Until = until;

        public void Answered(string request, int? status, TimeSpan elapsed) { }
    }

    private static ApiResponse Refused(int seconds) =>
        new(429, ArraySegment<byte>.Empty, null, new Dictionary<string, string> { ["Retry-After"] = $"{seconds}" });
}
