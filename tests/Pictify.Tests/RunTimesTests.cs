using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>How long an experiment ran, by a ledger's lines.</summary>
public sealed class RunTimesTests
{
    private static readonly DateTimeOffset _created = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<LedgerEntry> _lines = [];

    [Fact]
    public void Days_count_from_the_start_without_the_pauses()
    {
        Add("Start-PictifyExperiment", 2, "draft", "running");
        Add("Suspend-PictifyExperiment", 4, "running", "paused");
        Add("Resume-PictifyExperiment", 7, "paused", "running");

        Is(Of(10, "running"), 5, 3);
    }

    [Fact]
    public void A_pause_that_is_not_over_counts_until_now()
    {
        Add("Start-PictifyExperiment", 2, "draft", "running");
        Add("Suspend-PictifyExperiment", 4, null, "paused");

        Is(Of(10, "paused"), 2, 6);
    }

    [Fact]
    public void Where_the_start_is_not_known_days_count_from_what_the_experiment_says()
    {
        Add("Suspend-PictifyExperiment", 4, "running", "paused");
        Add("Resume-PictifyExperiment", 5, "paused", "running");

        Is(Of(10, "running"), 9, 1);
        Is(Of(10, "running", static e => e.StartAtMoment = _created.AddDays(3)), 6, 1);
        Is(Of(10, "running", static e => e.StartAtMoment = _created.AddDays(4.5)), 5, 0.5);
        Assert.Null(Of(10, "running", static e => e.CreatedAtMoment = null).Days);
    }

    [Fact]
    public void A_change_of_fields_is_neither_a_start_nor_a_pause()
    {
        Add("Set-PictifyExperiment", 3, null, "running", detail: "name");
        Add("Set-PictifyExperiment", 4, null, "paused", detail: "name");

        Is(Of(10, "running"), 10, 0);
    }

    [Fact]
    public void Only_what_happened_counts()
    {
        Add("Start-PictifyExperiment", 2, "draft", "running");
        Add("Suspend-PictifyExperiment", 3, "running", "paused", ChangeOutcome.Failed);
        Add("Suspend-PictifyExperiment", 4, "running", "paused", ChangeOutcome.Unknown);
        Add("Suspend-PictifyExperiment", 5, "paused", "paused", ChangeOutcome.Unchanged);

        Is(Of(10, "running"), 8, 0);
    }

    [Fact]
    public void What_was_settled_later_happened_when_it_was_tried()
    {
        Add("Start-PictifyExperiment", 2, "draft", "running");
        Add("Suspend-PictifyExperiment", 4, "running", "paused", ChangeOutcome.Unknown, kind: LedgerKind.Intent);
        Add(
            "Suspend-PictifyExperiment",
            8,
            "running",
            "paused",
            kind: LedgerKind.Settled,
            operation: _lines[^1].OperationId
        );

        Is(Of(10, "paused"), 2, 6);
    }

    [Fact]
    public void Lines_of_another_place_or_another_experiment_do_not_count()
    {
        Add("Suspend-PictifyExperiment", 4, "running", "paused");
        _lines[^1] = _lines[^1] with { BaseUrl = "https://elsewhere.invalid/" };
        Add("Suspend-PictifyExperiment", 4, "running", "paused");
        _lines[^1] = _lines[^1] with { Uid = "exp_2" };

        Is(Of(10, "running"), 10, 0);
    }

    [Fact]
    public void It_ends_when_the_winner_is_declared_and_by_the_last_change_where_the_pause_is_not_known()
    {
        Is(Of(10, "completed", static e => e.WinnerDeclaredAtMoment = _created.AddDays(6)), 6, 0);
        Is(Of(10, "paused", static e => e.UpdatedAtMoment = _created.AddDays(3)), 3, 0);
        Is(Of(10, "draft"), 0, 0);
    }

    [Fact]
    public void A_pause_that_somebody_else_ended_is_over_by_the_last_change()
    {
        Add("Suspend-PictifyExperiment", 4, "running", "paused");

        Is(Of(10, "running", static e => e.UpdatedAtMoment = _created.AddDays(6)), 8, 2);
        Is(Of(10, "running"), 10, 0);
    }

    [Fact]
    public void Variants_that_were_changed_after_the_start_are_known()
    {
        Add("Set-PictifyExperiment", 1, "draft", "draft", detail: "variants");
        Add("Start-PictifyExperiment", 2, "draft", "running");
        Assert.Null(Of(10, "running").VariantsChangedAt);
        Add("Set-PictifyExperiment", 3, "paused", "paused", detail: "name,variants");
        Assert.Equal(_created.AddDays(3), Of(10, "running").VariantsChangedAt);
    }

    [Fact]
    public void Without_a_ledger_all_days_count()
    {
        RunTime time = RunTimes.Without(Experiment("running"), _created.AddDays(10));

        Is(time, 10, 0);
        Assert.False(time.HasLedger);
        Assert.Null(RunTimes.Without(new Experiment(), _created).Days);
    }

    private static Experiment Experiment(string status) =>
        new()
        {
            Uid = "exp_1",
            StatusText = status,
            CreatedAtMoment = _created,
        };

    private RunTime Of(double days, string status, Action<Experiment>? change = null)
    {
        Experiment experiment = Experiment(status);
        change?.Invoke(experiment);
        return new RunTimes(_lines, static line => line.BaseUrl is null).Of(experiment, _created.AddDays(days));
    }

    private static void Is(RunTime time, double days, double paused)
    {
        Assert.Equal(days, time.Days!.Value, 1e-9);
        Assert.Equal(paused, time.PausedDays, 1e-9);
    }

    private void Add(
        string command,
        double day,
        string? before,
        string after,
        ChangeOutcome outcome = ChangeOutcome.Changed,
        LedgerKind kind = LedgerKind.Outcome,
        string? operation = null,
        string? detail = null
    ) =>
        _lines.Add(
            new LedgerEntry
            {
                Kind = kind,
                OperationId = operation ?? $"op{_lines.Count}",
                Number = 1,
                Command = command,
                Change = command == "Set-PictifyExperiment" ? ChangeKind.Edit : ChangeKind.Unknown,
                Moment = _created.AddDays(day),
                Uid = "exp_1",
                BeforeText = before,
                AfterText = after,
                Outcome = outcome,
                Detail = detail,
            }
        );
}
