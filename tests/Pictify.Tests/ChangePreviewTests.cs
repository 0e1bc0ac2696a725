using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Sandbox;

namespace Pictify.Tests;

/// <summary>What -WhatIf foretells, held against what becomes of the same change; and what a change writes on its experiment.</summary>
public sealed class ChangePreviewTests
{
    private static readonly ChangeKind[] _kinds =
    [
        ChangeKind.Pause,
        ChangeKind.Resume,
        ChangeKind.Start,
        ChangeKind.Complete,
        ChangeKind.Remove,
    ];

    private static readonly string[] _statuses = ["draft", "running", "paused", "completed"];

    public static TheoryData<ChangeKind, string, string, SandboxStyle> Matrix()
    {
        var data = new TheoryData<ChangeKind, string, string, SandboxStyle>();
        foreach (SandboxStyle style in Enum.GetValues<SandboxStyle>())
        {
            foreach (ChangeKind kind in _kinds)
            {
                foreach (string status in _statuses)
                {
                    string[] winners = kind == ChangeKind.Complete ? ["a", "b", "nobody"] : ["a"];
                    foreach (string winner in winners)
                    {
                        data.Add(kind, status, winner, style);
                    }
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task It_foretells_what_becomes_of_the_change(
        ChangeKind kind,
        string status,
        string winner,
        SandboxStyle style
    )
    {
        using PictifyConnection connection = Connect(status, style);
        var client = new PictifyClient(connection);
        Experiment present = await client.GetAsync("exp_sandbox_1");

        PictifyException? foretold = ChangePreview.GetRefusal(kind, present, winner);
        bool isDone = foretold is null && ChangePreview.IsDone(kind, present.Status);

        ExperimentChange change = await ChangeAsync(client, kind, winner);
        Assert.Equal(change.Error?.ErrorId, foretold?.ErrorId);
        Assert.Equal(change.Error?.Code is PictifyClient.NeverStarted, foretold?.Code is PictifyClient.NeverStarted);
        Assert.Equal(change.Outcome == ChangeOutcome.Unchanged, isDone);
        Assert.Equal(connection.Sandbox!.AppliedChanges == 1, foretold is null && !isDone);
    }

    /// <summary>A status that this version does not know may lead anywhere.</summary>
    [Theory]
    [InlineData("rendering")]
    [InlineData("sleeping")]
    [InlineData(null)]
    public void It_refuses_nothing_of_a_status_that_is_not_listed(string? status)
    {
        var present = new Experiment { StatusText = status, Variants = [new Variant { Id = "a" }] };

        Assert.All(_kinds, kind => Assert.Null(ChangePreview.GetRefusal(kind, present, "a")));
    }

    [Theory]
    [InlineData("running", 60)]
    [InlineData("paused", null)]
    public async Task A_recorded_change_is_written_on_its_experiment_and_on_no_json(string status, int? minutes)
    {
        using PictifyConnection connection = Connect(status, default);
        DateTimeOffset? until = minutes is { } m ? connection.Now.AddMinutes(m) : null;
        OperationRun run = new PictifyOperations(connection, PictifyLedger.InMemory()).Begin("Test", until: until);
        var client = new PictifyClient(connection);

        ExperimentChange change = await run.RunAsync(
            run.NewEntry() with
            {
                Change = ChangeKind.Pause,
                Uid = "exp_sandbox_1",
            },
            token => client.PauseAsync("exp_sandbox_1", cancellationToken: token)
        );

        Experiment experiment = change.Experiment!;
        Assert.Equal(status == "running" ? ChangeOutcome.Changed : ChangeOutcome.Unchanged, experiment.Change);
        Assert.Equal(run.Operation.Id, experiment.OperationId);
        Assert.Equal(until?.LocalDateTime, experiment.PausedUntil);
        var fields = (IDictionary<string, object?>)PlainJson.From(experiment)!;
        Assert.DoesNotContain("change", fields.Keys);
        Assert.DoesNotContain("operationId", fields.Keys);
        Assert.DoesNotContain("pausedUntil", fields.Keys);
        Experiment copy = experiment.CopyAs("copied", name: null);
        Assert.Equal((null, null, null), (copy.Change, copy.OperationId, copy.PausedUntil));
        Assert.Null((await client.GetAsync("exp_sandbox_1")).Change);
    }

    private static PictifyConnection Connect(string status, SandboxStyle style) =>
        new(
            new PictifyConnectionOptions
            {
                Sandbox = new PictifySandbox(
                    new PictifySandboxOptions
                    {
                        Style = style,
                        Experiments =
                        [
                            new Experiment
                            {
                                Uid = "exp_sandbox_1",
                                Name = "Hero",
                                Slug = "hero",
                                TypeText = "ab_test",
                                StatusText = status,
                                WinnerVariantId = status == "completed" ? "a" : null,
                                Variants =
                                [
                                    new Variant { Id = "a", Weight = 5000 },
                                    new Variant { Id = "b", Weight = 5000 },
                                ],
                            },
                        ],
                    }
                ),
            }
        );

    private static async Task<ExperimentChange> ChangeAsync(PictifyClient client, ChangeKind kind, string winner)
    {
        const string uid = "exp_sandbox_1";
        try
        {
            return await (
                kind switch
                {
                    ChangeKind.Pause => client.PauseAsync(uid),
                    ChangeKind.Resume => client.ResumeAsync(uid),
                    ChangeKind.Start => client.StartAsync(uid),
                    ChangeKind.Complete => client.CompleteAsync(uid, winner),
                    _ => client.DeleteAsync(uid),
                }
            );
        }
        catch (PictifyException refused)
        {
            // What is refused before anything is sent is thrown.
            return ExperimentChange.Failed(refused);
        }
    }
}
