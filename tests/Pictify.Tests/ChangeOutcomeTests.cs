using System.Net.Http;
using Pictify.Http;

namespace Pictify.Tests;

/// <summary>What creates, updates, removals and transitions come to, and what a person is told of those that are not known.</summary>
public sealed class ChangeOutcomeTests
{
    private const string Open = "Whether the change was made is not known.";

    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, object?> _fields = new() { ["name"] = "New" };

    [Fact]
    public async Task An_update_has_the_status_that_was_known_before()
    {
        var known = new Experiment
        {
            Uid = "e",
            StatusText = "draft",
            Slug = "hero",
            TypeText = "ab_test",
        };
        var service = new FakeService((_, _) => FakeService.Answer(200, FakeService.Experiment("e", null)));

        ExperimentChange change = await service.Client().UpdateAsync("e", _fields, known);

        Assert.Equal((ChangeOutcome.Changed, ExperimentStatus.Draft), (change.Outcome, change.Before));
        Assert.Equal(
            ("hero", "ab_test", "Hero"),
            (change.Experiment!.Slug, change.Experiment.TypeText, change.Experiment.Name)
        );
        Assert.Equal(["PUT /experiments/api/e"], service.Requests);
        Assert.Null(Assert.Single(service.IdempotencyKeys));
    }

    [Fact]
    public async Task An_update_whose_answer_has_no_experiment_is_read()
    {
        var service = Service(put: (200, "{}"), get: (200, FakeService.Experiment("e", "draft")));

        ExperimentChange change = await service.Client().UpdateAsync("e", _fields);

        Assert.Equal((ChangeOutcome.Changed, null), (change.Outcome, change.Before));
        Assert.Equal(ExperimentStatus.Draft, change.Experiment!.Status);
        Assert.Equal(["PUT /experiments/api/e", "GET /experiments/api/e"], service.Requests);
    }

    [Fact]
    public async Task An_update_that_nothing_shows_is_open()
    {
        var service = Service(put: (200, "{}"), get: (404, "{}"));

        ExperimentChange change = await service.Client().UpdateAsync("e", _fields);

        Assert.Equal((ChangeOutcome.Unknown, "OutcomeUnknown"), (change.Outcome, change.Error!.ErrorId));
        Assert.Equal(
            "The answer (HTTP 200, application/json) does not show the experiment that was changed. It begins: {} "
                + $"{Open} Read afterwards: the experiment could not be read.",
            change.Error.Message
        );
        Assert.Equal((_now, _now), (change.SentFrom, change.SentTo));
    }

    [Fact]
    public async Task An_update_without_an_answer_is_open_because_reading_does_not_tell()
    {
        var service = Service(put: (503, ""), get: (200, FakeService.Experiment("e", "draft")));

        ExperimentChange change = await service.Client(Once).UpdateAsync("e", _fields);

        Assert.Equal(ChangeOutcome.Unknown, change.Outcome);
        Assert.Equal(
            $"The service failed (HTTP 503). {Open} Read afterwards: reading it does not show which fields were set.",
            change.Error!.Message
        );
        Assert.Equal(RequestKind.Idempotent, change.Error.Asked);
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData(400, "completed", true)]
    [InlineData(409, "completed", true)]
    [InlineData(400, "draft", false)]
    [InlineData(403, "completed", false)]
    public async Task A_refused_update_says_what_may_change_in_the_status(int status, string present, bool isExplained)
    {
        var service = Service(put: (status, "{}"), get: (200, FakeService.Experiment("e", present)));

        ExperimentChange change = await service.Client().UpdateAsync("e", _fields);

        Assert.Equal((ChangeOutcome.Failed, status), (change.Outcome, change.Error!.StatusCode));
        string allowed = string.Join(", ", FieldTable.Api.EditableIn(ExperimentStatus.Completed)!);
        Assert.Equal(
            isExplained,
            change.Error.Message.EndsWith(
                $" It is 'completed': only {allowed} may change in that status.",
                StringComparison.Ordinal
            )
        );
        Assert.Equal(status == 403 ? 1 : 2, service.Requests.Count);
    }

    [Fact]
    public async Task A_removal_is_one_request_and_of_what_is_gone_no_change()
    {
        ExperimentChange removed = await Service(delete: (200, "{}")).Client().DeleteAsync("e");
        Assert.Equal((ChangeOutcome.Changed, false), (removed.Outcome, removed.IsInferred));

        foreach (int status in new[] { 404, 410 })
        {
            FakeService service = Service(delete: (status, "{}"));
            PictifyConnection connection = service.Connect();
            connection.FeatureSeen = true;
            Assert.Equal(ChangeOutcome.Unchanged, (await new PictifyClient(connection).DeleteAsync("e")).Outcome);
            Assert.Equal(["DELETE /experiments/api/e"], service.Requests);
        }
    }

    [Theory]
    // The answers to the removal and to the reading, and what is made of them.
    [InlineData(
        409,
        200,
        "running",
        ChangeOutcome.Failed,
        "It is running, and a running experiment is not removed (HTTP 409)."
    )]
    [InlineData(
        409,
        200,
        "completed",
        ChangeOutcome.Failed,
        "It is 'completed', and the service refused to remove it (HTTP 409). An experiment with that status cannot change to another one."
    )]
    [InlineData(409, 500, "", ChangeOutcome.Failed, "The experiment's present state does not allow this (HTTP 409).")]
    [InlineData(
        403,
        200,
        "running",
        ChangeOutcome.Failed,
        "The API key is valid, but not allowed to do this (HTTP 403)."
    )]
    [InlineData(
        503,
        200,
        "paused",
        ChangeOutcome.Unknown,
        $"The service failed (HTTP 503). {Open} Read afterwards: the experiment is still there."
    )]
    [InlineData(
        503,
        500,
        "",
        ChangeOutcome.Unknown,
        $"The service failed (HTTP 503). {Open} Read afterwards: the experiment could not be read."
    )]
    [InlineData(503, 404, "", ChangeOutcome.Changed, null)]
    public async Task A_removal_that_failed_is_told_by_what_reading_shows(
        int deleted,
        int read,
        string status,
        ChangeOutcome outcome,
        string? message
    )
    {
        FakeService service = Service(
            delete: (deleted, "{}"),
            get: (read, read == 200 ? FakeService.Experiment("e", status) : "{}")
        );
        using PictifyConnection connection = service.Connect(Once);
        connection.FeatureSeen = true;

        ExperimentChange change = await new PictifyClient(connection).DeleteAsync("e");

        Assert.Equal((outcome, message), (change.Outcome, change.Error?.Message));
        Assert.Equal(message is null, change.IsInferred);
        Assert.Equal(deleted == 403 ? 1 : 2, service.Requests.Count);
    }

    [Theory]
    // What the list shows under the slug: its name, and its creation in seconds after the request began; and what is made of it.
    [InlineData("Hero", 0, ChangeOutcome.Changed, null)]
    [InlineData("Hero", 1, ChangeOutcome.Changed, null)]
    [InlineData(
        "Hero",
        -60,
        ChangeOutcome.Failed,
        "The slug 'hero' belongs to experiment Hero (x), which existed before."
    )]
    [InlineData(
        "Hero",
        60,
        ChangeOutcome.Unknown,
        $"The service failed (HTTP 503). {Open} Read afterwards: an experiment with the slug 'hero' exists."
    )]
    [InlineData(
        "Other",
        0,
        ChangeOutcome.Unknown,
        $"The service failed (HTTP 503). {Open} Read afterwards: an experiment with the slug 'hero' exists."
    )]
    [InlineData(
        null,
        0,
        ChangeOutcome.Unknown,
        $"The service failed (HTTP 503). {Open} Read afterwards: no experiment shows its slug 'hero' now."
    )]
    public async Task A_create_without_an_answer_is_told_by_the_list(
        string? name,
        int seconds,
        ChangeOutcome outcome,
        string? message
    )
    {
        string found = name is null
            ? ""
            : $$"""{"uid":"x","slug":"hero","name":"{{name}}","status":"draft","createdAt":"{{_now.AddSeconds(seconds).AddMilliseconds(500):O}}"}""";
        FakeService service = Service(
            post: (503, ""),
            get: (200, $$"""{"experiments":[{{found}}],"total":{{(name is null ? 0 : 1)}}}""")
        );

        ExperimentChange change = await service.Client(Once).CreateAsync(New());

        Assert.Equal((outcome, message), (change.Outcome, change.Error?.Message));
        Assert.Equal(message is null, change.IsInferred);
        Assert.Equal(message is null ? "x" : null, change.Experiment?.Uid);
    }

    [Fact]
    public async Task A_create_whose_list_cannot_be_read_is_open()
    {
        ExperimentChange change = await Service(post: (503, ""), get: (500, "")).Client(Once).CreateAsync(New());

        Assert.Equal(
            $"The service failed (HTTP 503). {Open} Read afterwards: the list of experiments could not be read.",
            change.Error!.Message
        );
    }

    [Theory]
    [InlineData("""{"experiment":{"uid":"e"}}""", "draft")]
    [InlineData("""{"experiment":{"uid":"e","slug":"hero","status":"running"}}""", "running")]
    public async Task A_create_has_what_the_answer_left_out_from_what_was_asked(string body, string status)
    {
        FakeService service = Service(post: (201, body));

        ExperimentChange change = await service.Client().CreateAsync(New());

        Assert.Equal((ChangeOutcome.Changed, null), (change.Outcome, change.Before));
        Assert.Equal(
            ("e", "hero", "Hero", status),
            (change.Experiment!.Uid, change.Experiment.Slug, change.Experiment.Name, change.Experiment.StatusText)
        );
        Assert.NotNull(Assert.Single(service.IdempotencyKeys));
    }

    [Theory]
    [InlineData("""{"experiment":{"uid":"e","slug":"other"}}""")]
    [InlineData("{}")]
    public async Task A_create_whose_answer_shows_another_experiment_is_looked_up(string body)
    {
        FakeService service = Service(post: (200, body), get: (200, """{"experiments":[],"total":0}"""));

        ExperimentChange change = await service.Client().CreateAsync(New());

        Assert.Equal(ChangeOutcome.Unknown, change.Outcome);
        Assert.StartsWith(
            "The answer (HTTP 200, application/json) does not show the experiment that was to be created. ",
            change.Error!.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task A_create_that_is_refused_was_not_made()
    {
        ExperimentChange change = await Service(post: (409, "{}")).Client().CreateAsync(New());

        Assert.Equal(
            (ChangeOutcome.Failed, "Another experiment has this slug (HTTP 409)."),
            (change.Outcome, change.Error!.Message)
        );
    }

    [Theory]
    [InlineData("pause", "paused", "running")]
    [InlineData("start", "running", "draft")]
    [InlineData("resume", "running", "paused")]
    [InlineData("complete", "completed", "running")]
    public async Task A_transition_of_a_known_experiment_is_one_request(string verb, string after, string before)
    {
        FakeService service = Service(post: (200, FakeService.Experiment("e", after)), get: (500, ""));

        ExperimentChange change = await TransitAsync(service.Client(), verb, Known(before));

        Assert.Equal((ChangeOutcome.Changed, before), (change.Outcome, ApiName.Of(change.Before!.Value)));
        Assert.Equal([$"POST /experiments/api/e/{(verb == "resume" ? "start" : verb)}"], service.Requests);
    }

    [Theory]
    [InlineData("pause", "completed")]
    [InlineData("start", "completed")]
    [InlineData("resume", "completed")]
    public async Task A_transition_that_is_refused_names_the_status_that_is_read(string verb, string present)
    {
        FakeService service = Service(post: (409, "{}"), get: (200, FakeService.Experiment("e", present)));

        ExperimentChange change = await TransitAsync(service.Client(), verb, Known("paused"));

        Assert.Equal((ChangeOutcome.Failed, present), (change.Outcome, change.Experiment!.StatusText));
        Assert.Equal(
            $"It is '{present}', and the service refused to {(verb == "resume" ? "start" : verb)} it (HTTP 409). An experiment with that status cannot change to another one.",
            change.Error!.Message
        );
    }

    [Fact]
    public async Task A_transition_that_is_refused_and_cannot_be_read_is_the_refusal()
    {
        ExperimentChange change = await Service(post: (409, "{}"), get: (500, "")).Client(Once).PauseAsync("e");

        Assert.Equal(
            (ChangeOutcome.Failed, "The experiment's present state does not allow this (HTTP 409)."),
            (change.Outcome, change.Error!.Message)
        );
    }

    [Fact]
    public async Task A_draft_is_not_resumed_and_nothing_is_sent()
    {
        FakeService service = Service(get: (200, FakeService.Experiment("e", "draft")));

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().ResumeAsync("e"));

        Assert.Equal("never_started", error.Code);
        Assert.Equal(["GET /experiments/api/e"], service.Requests);
    }

    [Theory]
    [InlineData("a", null, "a", null)]
    [InlineData("a", "a", "a", null)]
    [InlineData("a", "b", "b", "It is completed, with the winner 'b'. That is final.")]
    public async Task A_completed_experiment_has_its_winner(string winner, string? shown, string now, string? message)
    {
        string field = shown is null ? "" : $",\"winnerVariantId\":\"{shown}\"";
        FakeService service = Service(post: (200, $$$"""{"experiment":{"uid":"e","status":"completed"{{{field}}}}}"""));

        ExperimentChange change = await service.Client().CompleteAsync("e", winner, Known("running"));

        Assert.Equal((now, message), (change.Experiment!.WinnerVariantId, change.Error?.Message));
        Assert.Equal(message is null ? ChangeOutcome.Changed : ChangeOutcome.Failed, change.Outcome);
    }

    [Fact]
    public async Task A_winner_that_is_no_variant_is_refused_before_anything_is_sent()
    {
        FakeService service = Service();

        var error = await Assert.ThrowsAsync<PictifyException>(() =>
            service.Client().CompleteAsync("e", "c", Known("running"))
        );

        Assert.Equal(PictifyErrorKind.InvalidArgument, error.Kind);
        Assert.Empty(service.Requests);
    }

    [Theory]
    // What the service shows after an answer was lost: its status, when it was changed in seconds after the request, and the outcome.
    [InlineData("paused", 0, ChangeOutcome.Changed, null)]
    [InlineData("paused", -60, ChangeOutcome.Unchanged, null)]
    [InlineData("paused", 60, ChangeOutcome.Unknown, "it is 'paused', and was changed after the request was over")]
    [InlineData("completed", 0, ChangeOutcome.Unknown, "it shows 'completed' now, and was changed since")]
    [InlineData("running", -60, ChangeOutcome.Unknown, "it shows 'running' now")]
    public async Task A_lost_answer_is_told_by_what_reading_shows(
        string status,
        int seconds,
        ChangeOutcome outcome,
        string? read
    )
    {
        FakeService service = Service(
            post: (503, ""),
            get: (200, FakeService.Experiment("e", status, _now.AddSeconds(seconds)))
        );

        ExperimentChange change = await service.Client(Once).PauseAsync("e", Known("running"));

        Assert.Equal(outcome, change.Outcome);
        Assert.Equal(outcome == ChangeOutcome.Changed, change.IsInferred);
        Assert.Equal(
            read is null ? null : $"The service failed (HTTP 503). {Open} Read afterwards: {read}.",
            change.Error?.Message
        );
        Assert.Equal(status, change.Experiment!.StatusText);
        Assert.Equal(outcome == ChangeOutcome.Unchanged ? null : _now, change.SentFrom);
        Assert.Equal(outcome == ChangeOutcome.Unchanged ? null : _now, change.SentTo);
    }

    private static Task<ExperimentChange> TransitAsync(PictifyClient client, string verb, Experiment known) =>
        verb switch
        {
            "pause" => client.PauseAsync("e", known),
            "start" => client.StartAsync("e", known),
            "resume" => client.ResumeAsync("e", known),
            _ => client.CompleteAsync("e", "a", known),
        };

    private static Experiment Known(string status) =>
        new()
        {
            Uid = "e",
            StatusText = status,
            Variants = [new Variant { Id = "a" }, new Variant { Id = "b" }],
        };

    private static Experiment New() =>
        new()
        {
            Slug = "hero",
            Name = "Hero",
            TypeText = "ab_test",
        };

    private static PictifyConnectionOptions Once(PictifyConnectionOptions options) =>
        options with
        {
            MaximumRetryCount = 0,
        };

    /// <summary>A service that always answers a method in the same way.</summary>
    private static FakeService Service(
        (int Status, string Body)? get = null,
        (int Status, string Body)? post = null,
        (int Status, string Body)? put = null,
        (int Status, string Body)? delete = null
    ) =>
        new(
            (request, _) =>
            {
                (int status, string body) =
                    request.Method.Method switch
                    {
                        "GET" => get,
                        "POST" => post,
                        "PUT" => put,
                        _ => delete,
                    } ?? throw new InvalidOperationException($"{request.Method} was not expected.");
                return FakeService.Answer(status, body);
            }
        );
}
