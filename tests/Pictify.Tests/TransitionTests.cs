using System.Net.Http;
using System.Net.Sockets;
using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

public sealed class TransitionTests
{
    /// <summary>Where the clock of a FakeService stands.</summary>
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly Experiment _known = new()
    {
        Uid = "e",
        Name = "Hero",
        Slug = "hero",
        TypeText = "ab_test",
        StatusText = "running",
    };

    [Fact]
    public async Task A_pause_is_one_request_with_an_idempotency_key()
    {
        var service = new FakeService((_, _) => Answer(200, Experiment("e", "paused")));

        ExperimentChange change = await service.Client().PauseAsync("e").Done();

        Assert.True(change.Changed);
        Assert.Equal(ExperimentStatus.Running, change.Before);
        Assert.Equal(ExperimentStatus.Paused, change.Experiment!.Status);
        Assert.Equal(["POST /experiments/api/e/pause"], service.Requests);
        Assert.NotNull(Assert.Single(service.IdempotencyKeys));
    }

    [Fact]
    public async Task An_answer_that_leaves_fields_out_is_completed_from_what_is_known()
    {
        var service = new FakeService((_, _) => Answer(200, """{"experiment":{"uid":"e"}}"""));

        ExperimentChange change = await service.Client().PauseAsync("e", _known).Done();

        Assert.Equal(ExperimentStatus.Paused, change.Experiment!.Status);
        Assert.Equal(ExperimentType.AbTest, change.Experiment!.Type);
        Assert.Equal("Hero", change.Experiment!.Name);
        Assert.Equal("hero", change.Experiment!.Slug);
        Assert.Equal("running", _known.StatusText);
    }

    [Fact]
    public async Task Already_paused_is_success_and_no_change()
    {
        var service = new FakeService(
            (request, _) =>
                request.Method == HttpMethod.Post ? Answer(409, "{}") : Answer(200, Experiment("e", "paused"))
        );

        ExperimentChange change = await service.Client().PauseAsync("e").Done();

        Assert.False(change.Changed);
        Assert.Equal(ExperimentStatus.Paused, change.Experiment!.Status);
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"title":"Conflict","status":409,"detail":"Never started."}""", "Never started.")]
    [InlineData("""{"message":"Never started."}""", "Never started.")]
    [InlineData("""{"error":"Never started.","code":"INVALID_TRANSITION"}""", "Never started.")]
    public async Task A_conflict_names_the_status_and_what_it_allows(string body, string? said)
    {
        var service = new FakeService(
            (request, _) =>
                request.Method == HttpMethod.Post ? Answer(409, body) : Answer(200, Experiment("e", "draft"))
        );

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().PauseAsync("e").Done());

        Assert.Equal(PictifyErrorKind.Conflict, error.Kind);
        Assert.False(error.OutcomeUnknown);
        Assert.Contains("'draft'", error.Message, StringComparison.Ordinal);
        Assert.Contains("running", error.Message, StringComparison.Ordinal);
        Assert.Equal(said, error.Detail);
        Assert.Equal(
            said is not null,
            error.Message.EndsWith($"The service's message: {said}", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>OK</html>")]
    [InlineData("{\"experiment\":{\"uid\":\"e\",\"sta")]
    [InlineData("""{"experiment":{"uid":"another","status":"paused"}}""")]
    [InlineData("""{"experiment":{"uid":"e","status":"running"}}""")]
    [InlineData("""{"deleted":true}""")]
    public async Task A_success_that_does_not_show_the_pause_is_looked_up(string body)
    {
        bool paused = false;
        var service = new FakeService(
            (request, _) =>
            {
                if (request.Method == HttpMethod.Get)
                {
                    return Answer(200, Experiment("e", paused ? "paused" : "running", _now));
                }

                paused = true;
                return Answer(200, body);
            }
        );

        ExperimentChange change = await service.Client().PauseAsync("e").Done();

        Assert.True(change.Changed);
        Assert.Equal(ExperimentStatus.Paused, change.Experiment!.Status);
        Assert.Equal(["POST /experiments/api/e/pause", "GET /experiments/api/e"], service.Requests);
    }

    [Fact]
    public async Task A_connection_lost_after_the_pause_was_made_is_a_pause_and_is_not_sent_again()
    {
        var service = new FakeService(
            (request, _) =>
                request.Method == HttpMethod.Post ? throw Reset() : Answer(200, Experiment("e", "paused", _now))
        );

        ExperimentChange change = await service.Client().PauseAsync("e", _known).Done();

        Assert.True(change.Changed);
        Assert.Equal(ExperimentStatus.Running, change.Before);
        Assert.Equal(["POST /experiments/api/e/pause", "GET /experiments/api/e"], service.Requests);
    }

    [Fact]
    public async Task A_connection_lost_before_the_pause_was_made_is_looked_up_and_sent_again_with_the_same_key()
    {
        int posts = 0;
        var service = new FakeService(
            (request, _) =>
                request.Method == HttpMethod.Get ? Answer(200, Experiment("e", "running"))
                : ++posts == 1 ? throw Reset()
                : Answer(200, Experiment("e", "paused"))
        );

        ExperimentChange change = await service.Client().PauseAsync("e").Done();

        Assert.True(change.Changed);
        string?[] keys = [.. service.IdempotencyKeys.Where(static key => key is not null)];
        Assert.Equal(2, keys.Length);
        Assert.Equal(keys[0], keys[1]);
    }

    [Fact]
    public async Task A_pause_that_cannot_be_looked_up_is_an_unknown_outcome()
    {
        var service = new FakeService((_, _) => throw Reset());

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().PauseAsync("e").Done());

        Assert.True(error.OutcomeUnknown);
        Assert.Equal(1, service.Requests.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_pause_that_never_takes_ends_as_an_unknown_outcome_with_the_status_seen()
    {
        var service = new FakeService(
            (request, _) => request.Method == HttpMethod.Post ? throw Reset() : Answer(200, Experiment("e", "running"))
        );

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().PauseAsync("e").Done());

        Assert.True(error.OutcomeUnknown);
        Assert.Contains("'running'", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, service.Requests.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("2026-11-23T12:00:00Z", true)]
    [InlineData("2026-11-20T12:00:00Z", false)]
    public async Task After_a_failed_attempt_a_conflict_is_ours_if_the_experiment_changed_since(
        string updated,
        bool ours
    )
    {
        int posts = 0;
        var service = new FakeService(
            (request, _) =>
                request.Method == HttpMethod.Get
                    ? Answer(200, $$$"""{"experiment":{"uid":"e","status":"paused","updatedAt":"{{{updated}}}"}}""")
                : ++posts == 1 ? Answer(503)
                : Answer(409, "{}")
        );

        ExperimentChange change = await service.Client().PauseAsync("e").Done();

        Assert.Equal(ours, change.Changed);
    }

    [Fact]
    public async Task A_404_for_one_experiment_is_checked_against_the_collection_once()
    {
        var service = new FakeService(
            (request, _) =>
                request.RequestUri!.Query.Length > 0 ? Answer(200, """{"experiments":[]}""") : Answer(404, "{}")
        );
        PictifyClient client = service.Client();

        for (int i = 0; i < 3; i++)
        {
            var error = await Assert.ThrowsAsync<PictifyException>(() => client.PauseAsync("e").Done());
            Assert.Equal(PictifyErrorKind.NotFound, error.Kind);
        }

        Assert.Equal(4, service.Requests.Count);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_404_where_the_collection_is_gone_too_is_a_missing_feature(int status)
    {
        var service = new FakeService((_, _) => Answer(status, "gone", "text/plain"));

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().GetAsync("e"));

        Assert.Equal(PictifyErrorKind.FeatureUnavailable, error.Kind);
    }

    [Theory]
    [InlineData("""{"title":"Not configured","status":501,"detail":"No experiments here."}""")]
    [InlineData("""{"message":"No experiments here."}""")]
    public async Task A_501_is_a_missing_feature_and_nothing_else_is_asked(string body)
    {
        var service = new FakeService((_, _) => Answer(501, body));

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().PauseAsync("e").Done());

        Assert.Equal((PictifyErrorKind.FeatureUnavailable, false), (error.Kind, error.OutcomeUnknown));
        Assert.EndsWith("The service's message: No experiments here.", error.Message, StringComparison.Ordinal);
        Assert.Single(service.Requests);
    }

    private static HttpRequestException Reset() => new("broken", new SocketException((int)SocketError.ConnectionReset));
}
