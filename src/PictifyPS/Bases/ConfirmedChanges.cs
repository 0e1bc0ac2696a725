using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Errors;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>
/// The changes of a command, each of which ShouldProcess shows or prompts for before it is made. -WhatIf and -Confirm show what would
/// happen to each experiment in its present state; one whose present state is not known is read first, a few at once.
/// </summary>
/// <param name="run">The run that makes the changes.</param>
/// <param name="record">The record of the run.</param>
/// <param name="connection">The connection that the command runs on.</param>
/// <param name="steps">The cmdlet's description of its change, and the code that makes it.</param>
/// <param name="isPreview">True under -WhatIf.</param>
/// <param name="isShown">True under -WhatIf and -Confirm, which show what would happen to each experiment.</param>
internal sealed class ConfirmedChanges(
    InputRun run,
    RecordedRun record,
    PictifyConnection connection,
    ChangeSteps steps,
    bool isPreview,
    bool isShown
)
{
    /// <summary>Experiments that were read, and whose changes are to be confirmed, in the order of the input.</summary>
    private readonly Queue<ExperimentBefore> _toConfirm = new();

    private bool _isReading;

    public ChangeCounts Counts { get; } = new();

    /// <summary>Shows the change of an experiment and makes it, or reads the experiment first.</summary>
    public void Submit(ExperimentIdentity experiment)
    {
        if (!isShown || (!_isReading && IsKnown(experiment)))
        {
            PreviewOrConfirm(new ExperimentBefore(experiment));
            return;
        }

        // From here on every experiment goes through the pump, even if its state is known, so that they stay in the order of the input.
        _isReading = true;
        run.Submit(
            experiment.Input,
            experiment.ToString(),
            async cancellationToken =>
                IsKnown(experiment)
                    ? new ExperimentBefore(experiment)
                    : await steps.ReadBefore(experiment, cancellationToken).ConfigureAwait(false),
            error => record.NotStarted(steps.Entry(experiment), error)
        );
        ConfirmAll();
    }

    /// <summary>Takes a result of the run: a change that was made, or an experiment that was read.</summary>
    public void OnResult(object? result)
    {
        switch (result)
        {
            case ExperimentChange change:
                Counts.Add(change.Changed);
                run.Write(change.Experiment);
                break;
            case ExperimentBefore before when isPreview:
                run.Done--;
                PreviewOrConfirm(before);
                break;
            case ExperimentBefore before:
                run.Done--;
                _toConfirm.Enqueue(before);
                break;
            default:
                // Nothing was changed, and the cmdlet wrote why.
                run.Done--;
                break;
        }
    }

    /// <summary>Waits until all experiments are read, has their changes confirmed, and waits until those are made.</summary>
    public void Finish()
    {
        if (_isReading)
        {
            run.Finish();
            ConfirmAll();
        }

        run.Finish();
    }

    /// <summary>
    /// Whether enough is known of the experiment to show what would happen to it. A refusal is reported only for an experiment that this
    /// command read: one that was read earlier may be out of date.
    /// </summary>
    private bool IsKnown(ExperimentIdentity experiment) =>
        experiment.LastRead is { StatusText: not null } known
        && (!isPreview || steps.Refusal(experiment, known) is null);

    /// <summary>Writes what would happen to an experiment under -WhatIf, or has its change confirmed and made.</summary>
    private void PreviewOrConfirm(ExperimentBefore before)
    {
        ExperimentIdentity experiment = before.Experiment;
        if (isPreview && experiment.LastRead is { } present && steps.Refusal(experiment, present) is { } why)
        {
            run.Fail(Failures.From(why, experiment.Input, experiment.ToString()));
            return;
        }

        ConfirmAndSubmit(before);
        if (isPreview && !before.IsLeftAlone)
        {
            run.Done++;
            Counts.Add(NothingIsLeft(before) is null);
        }
    }

    private void ConfirmAll()
    {
        while (_toConfirm.Count > 0)
        {
            ConfirmAndSubmit(_toConfirm.Dequeue());
        }
    }

    /// <summary>Has ShouldProcess show the change or prompt for it, and makes it unless the answer is no.</summary>
    private void ConfirmAndSubmit(ExperimentBefore before)
    {
        ExperimentIdentity experiment = before.Experiment;
        string action = steps.Action(experiment, isShown ? experiment.LastRead : null) + record.Because;
        if (isShown && NothingIsLeft(before) is { } note)
        {
            action = $"{action}: {note}";
        }

        run.SubmitRecorded(
            new RecordedChange(
                experiment.Input,
                experiment.ToString(),
                $"Experiment {experiment} in {connection}",
                action,
                () => steps.Entry(experiment),
                async (entry, token) => await steps.Run(experiment, entry, token).ConfigureAwait(false)
            )
        );
    }

    /// <summary>Why nothing would be changed; null if something would be.</summary>
    private string? NothingIsLeft(ExperimentBefore before) =>
        before.Note
        ?? (
            before.Experiment.LastRead is { } present && ChangePreview.IsDone(steps.Kind, present.Status)
                ? $"{steps.UnchangedText}, {steps.LeftToDo(before.Experiment)}"
                : null
        );
}

/// <summary>A cmdlet's description of its change, and the code that makes it.</summary>
/// <param name="Kind">What the change does.</param>
/// <param name="UnchangedText">The words for experiments that need no change, such as <c>already paused</c>.</param>
/// <param name="LeftToDo">What is left to do for those.</param>
/// <param name="Action">What is done to an experiment; the second argument is its present state, or null if that is not known.</param>
/// <param name="Refusal">Why the change would be refused; null if it would not be, or if that is not known.</param>
/// <param name="Entry">The ledger entry with the experiment and the wanted change.</param>
/// <param name="ReadBefore">Reads an experiment before its change is shown; runs on any thread.</param>
/// <param name="Run">Makes the change and records it; null if nothing is changed. Runs on any thread.</param>
internal sealed record ChangeSteps(
    ChangeKind Kind,
    string UnchangedText,
    Func<ExperimentIdentity, string> LeftToDo,
    Func<ExperimentIdentity, Experiment?, string> Action,
    Func<ExperimentIdentity, Experiment, PictifyException?> Refusal,
    Func<ExperimentIdentity, LedgerEntry> Entry,
    Func<ExperimentIdentity, CancellationToken, Task<ExperimentBefore>> ReadBefore,
    Func<ExperimentIdentity, LedgerEntry, CancellationToken, Task<ExperimentChange?>> Run
);
