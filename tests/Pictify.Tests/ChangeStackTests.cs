using Pictify.Ledger;
using Pictify.Operations;

namespace Pictify.Tests;

/// <summary>Which changes of an experiment hold, which pause is in force, and who made the last change that the service shows.</summary>
public sealed class ChangeStackTests
{
    /// <summary>The answer told no time of the service; by its own time it was over a second later.</summary>
    [Theory]
    [InlineData(-1, false)]
    [InlineData(1, false)]
    [InlineData(1.001, true)]
    public void A_change_is_a_later_one_where_the_service_made_it_after_the_last_was_over(double seconds, bool isLater)
    {
        Experiment present = Written.Shown("paused 0");
        present.UpdatedAtMoment = Written.Noon.AddSeconds(seconds);

        Assert.Equal(isLater, Written.Stack("pause").IsChangedSince(present));
    }

    [Fact]
    public void Asking_what_would_hold_without_an_operation_leaves_the_history_as_it_is()
    {
        ChangeStack stack = Written.Stack("pause until:8; extend until:12");

        DateTimeOffset? end = stack.Without(
            ["op2"],
            () =>
            {
                Assert.Equal((true, false), (stack.IsLive(0), stack.IsLive(1)));
                return stack.PauseInForce()?.End;
            }
        );

        Assert.Equal(Written.Noon.AddHours(8), end);
        Assert.Equal((true, true), (stack.IsLive(0), stack.IsLive(1)));
        Assert.Equal(Written.Noon.AddHours(12), stack.PauseInForce()?.End);
    }

    [Theory]
    // The history, the operation whose pause is in force, and its end in hours from noon.
    [InlineData("pause until:8; resume", null, null)]
    [InlineData("pause until:8; pause? key:b; resume", null, null)]
    // What may have ended the pause does not hide it.
    [InlineData("pause until:8; resume?", "op1", 8)]
    [InlineData("pause until:8; resume? key:b", "op1", 8)]
    // What was settled is certain, whichever key made it.
    [InlineData("pause until:8; resume settled key:b", null, null)]
    [InlineData("pause settled until:8 key:b", "op1", 8)]
    // A pause that may be another team's has no say about one below it.
    [InlineData("pause until:8; pause? key:b", "op1", 8)]
    [InlineData("pause until:8; pause?", "op2", null)]
    [InlineData("pause? until:8 key:b; pause? until:9 key:c", "op2", 9)]
    [InlineData("resume; pause? until:9 key:b", "op2", 9)]
    // A pause that was taken back does not count, even where it is not known whether it was made.
    [InlineData("pause until:8; pause?; resume undoes:2", "op1", 8)]
    [InlineData("pause until:8; resume; pause undoes:2", "op1", 8)]
    [InlineData("pause until:8; resume? undoes:1", "op1", 8)]
    [InlineData("pause until:8; resume? undoes:1; pause undoes:2", "op1", 8)]
    // A look that finds it running shows that somebody else ended the pause; a resume says no end.
    [InlineData("pause until:8; resume= before:running", null, null)]
    [InlineData("pause until:8; resume= before:paused after:paused", "op1", 8)]
    // Another end is one for our pause where the service does not show that it was changed in between.
    [InlineData("pause until:8 at:0; extend until:12 at:0", "op1", 12)]
    [InlineData("pause until:8 at:0; extend until:12", "op1", 12)]
    [InlineData("pause until:8; extend until:12 at:5", "op1", 12)]
    [InlineData("pause until:8 at:0; extend until:12 at:5", null, null)]
    public void The_pause_in_force_is_the_last_one_of_ours_that_was_not_taken_back(
        string history,
        string? operation,
        int? hours
    )
    {
        (StackedChange Pause, DateTimeOffset? End)? held = Written.Stack(history).PauseInForce();

        Assert.Equal(operation, held?.Pause.OperationId);
        Assert.Equal(hours is { } until ? Written.Noon.AddHours(until) : null, held?.End);
    }

    [Theory]
    [InlineData("pause? until:1; pause? until:2", 3, "op2")]
    [InlineData("pause? until:1; pause? until:2", 2, "op2")]
    [InlineData("pause? until:1; pause? until:2", 1, "op1")]
    [InlineData("pause? until:1; pause? until:2", 0, null)]
    public void The_last_open_pause_whose_end_has_come_is_the_one_to_look_at(
        string history,
        int hour,
        string? operation
    ) => Assert.Equal(operation, Written.Stack(history).OpenPause(Written.Noon.AddHours(hour))?.OperationId);

    /// <summary>Each undo takes back the one before it, so that the pause lives and does not live in turns.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_change_is_live_after_an_even_number_of_undos_of_one_another(int undos)
    {
        string history = string.Join(
            "; ",
            Enumerable.Range(1, undos).Select(static number => $"resume undoes:{number}").Prepend("pause")
        );

        ChangeStack stack = Written.Stack(history);

        Assert.Equal(undos % 2 == 0, stack.IsLive(0));
        Assert.Equal(undos % 2 == 0, stack.PauseInForce() is not null);
    }

    /// <summary>It takes nothing back as long as it is not known to have happened, and so its own undo brings nothing back.</summary>
    [Fact]
    public void The_undo_of_an_undo_that_is_open_leaves_the_change_live() =>
        Assert.True(Written.Stack("pause; resume? undoes:1; pause undoes:2").IsLive(0));

    [Fact]
    public void An_undo_that_names_its_own_operation_takes_back_what_came_before_it()
    {
        ChangeStack stack = Written.Stack("pause; resume undoes:1,2");

        Assert.Equal((false, true), (stack.IsLive(0), stack.IsLive(1)));
    }

    [Theory]
    [InlineData("pause; resume?", ExperimentStatus.Paused)]
    [InlineData("pause; resume", ExperimentStatus.Running)]
    [InlineData("pause; resume after:published", ExperimentStatus.Paused)]
    public void What_is_not_known_to_have_been_reached_is_not_the_last_status(
        string history,
        ExperimentStatus status
    ) => Assert.Equal(status, Written.Stack(history).LastStatus);

    [Theory]
    // The lines of another operation, with the asked one's at "own", what the service shows, and whose change that is.
    // The time is exact, and the other one was answered before the asked one began: nothing was changed since.
    [InlineData("pause? intent op:a; pause op:a at:0.5; pause? op:own", "paused 0.5", LastChange.Earlier)]
    [InlineData("pause op:a at:0.5; pause? op:own", "paused 0.5", LastChange.Earlier)]
    // Within one second there may be two changes.
    [InlineData("pause op:a at:1; pause? op:own", "paused 1", LastChange.Claimed)]
    // What was settled later was not answered, and may have been the asked one's change.
    [InlineData("pause? intent op:a; pause settled op:a at:0.5; pause? op:own", "paused 0.5", LastChange.Claimed)]
    // It was answered only after the asked one had begun.
    [InlineData("pause? intent op:a; pause? op:own; pause op:a at:0.5", "paused 0.5", LastChange.Claimed)]
    // The service shows another status than the one that it left.
    [InlineData("pause op:a at:0.5; pause? op:own", "running 0.5", LastChange.Claimed)]
    [InlineData("pause op:a at:0.5; resume? op:own", "running 0.5", LastChange.Unclaimed)]
    // It began after the asked one.
    [InlineData("pause? op:own; pause op:a at:0.5", "paused 0.5", LastChange.Later)]
    // It was made at another time than the one that is shown.
    [InlineData("pause op:a at:-0.5; pause? op:own", "paused 0.5", LastChange.Unclaimed)]
    // It may have been made up to a second after it was sent, by the service's clock, and not later.
    [InlineData("pause? op:a; pause? op:own", "paused 1", LastChange.Claimed)]
    [InlineData("pause? op:a; pause? op:own", "paused 1.001", LastChange.Unclaimed)]
    [InlineData("pause? op:a; pause? op:own", "paused -1", LastChange.Claimed)]
    [InlineData("pause? op:a; pause? op:own", "paused -1.001", LastChange.Unclaimed)]
    [InlineData("pause? op:a; pause? op:own", "paused", LastChange.Unclaimed)]
    internal void Whose_the_last_change_is_follows_from_the_other_operations(
        string lines,
        string shown,
        LastChange whose
    )
    {
        LedgerEntry[] entries = Written.Lines(lines);
        LedgerEntry own = entries.Last(static line => line.OperationId == "own");

        Assert.Equal(whose, Written.Stack(entries).WhoMade(own, Written.Shown(shown)));
    }
}
