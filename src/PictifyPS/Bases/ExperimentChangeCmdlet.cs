using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>
/// A cmdlet that changes experiments, with a preview, a confirmation, a limit of their number and a summary. -WhatIf and -Confirm say what
/// would become of each experiment as it is now; one whose present state is not known is read first, a few at once.
/// </summary>
public abstract class ExperimentChangeCmdlet : ExperimentSelectCmdlet
{
    /// <summary>Experiments that were read, and whose changes are to be confirmed, in the order of the input.</summary>
    private readonly Queue<ExperimentBefore> _toConfirm = new();

    private readonly ChangeCounts _counts = new();
    private CollectedExperiments? _collected;

    /// <summary>True under -WhatIf and -Confirm, which show what would become of each experiment.</summary>
    private bool _isShown;

    private bool _isReading;

    /// <summary>
    /// A safeguard against a wrong filter: with it, the input is collected first, and if there is more than this, nothing at
    /// all is sent. 1 or more; no limit by default.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaximumCount { get; set; }

    /// <summary>Why, for the ledger. A connection that was made with -RequireReason refuses changes without one.</summary>
    [Parameter]
    [Text("Suspend-PictifyExperiment -Reason")]
    public string? Reason { get; set; }

    /// <summary>The ticket that asks for it or explains it, for the ledger.</summary>
    [Parameter]
    [Text("Suspend-PictifyExperiment -Ticket")]
    public string? Ticket { get; set; }

    /// <summary>The status that is wanted; Unknown where the change is about something else.</summary>
    private protected virtual ExperimentStatus Wanted => ExperimentStatus.Unknown;

    /// <summary>What the change does.</summary>
    private protected abstract ChangeKind Kind { get; }

    /// <summary>True under -WhatIf; can be read by any thread.</summary>
    private protected bool IsPreview { get; private set; }

    /// <summary>What else the ledger should say of the change.</summary>
    private protected virtual string? Detail => null;

    /// <summary>When the change is to end.</summary>
    private protected virtual DateTimeOffset? ResolvePauseEnd() => null;

    /// <summary>What ShouldProcess calls it: the cmdlet's verb.</summary>
    private protected abstract string Verb { get; }

    /// <summary>What -WhatIf and -Confirm say is done: the verb, and what else matters of it.</summary>
    /// <param name="experiment">To which experiment.</param>
    /// <param name="present">As it is; null where that is not known.</param>
    private protected virtual string ActionOn(ExperimentIdentity experiment, Experiment? present) => Verb;

    /// <summary>Why the change would be refused; null where it would not be, or where that is not known.</summary>
    private protected virtual PictifyException? GetRefusal(ExperimentIdentity experiment, Experiment present) =>
        ChangePreview.GetRefusal(Kind, present);

    /// <summary>The parameter that was given and is for one experiment only, and what does the same for each of several.</summary>
    private protected virtual (string Parameter, string Each)? ForOne => null;

    /// <summary>How the summary begins, such as <c>Suspended</c>.</summary>
    private protected abstract string DoneText { get; }

    /// <summary>What the summary calls those that needed no change, such as <c>already paused</c>.</summary>
    private protected abstract string UnchangedText { get; }

    /// <summary>What -WhatIf says is left to do for those.</summary>
    private protected virtual string LeftToDo(ExperimentIdentity experiment) => "nothing to do";

    private protected abstract Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    );

    /// <summary>Where a command that needs a ledger checks that there is one: the record of this run would make the file.</summary>
    private protected virtual void CheckLedger() { }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        IsPreview = IsWhatIf;
        _isShown = IsPreview || RunPreferences.Confirms(this);
        CheckLedger();
        _ = BeginRecord(Reason, Ticket, ResolvePauseEnd());
        if (MaximumCount > 0 || ForOne is not null)
        {
            _collected = new CollectedExperiments(Verb, MaximumCount, ForOne);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_collected is { Experiments: var collected })
        {
            Expected = collected.Count;
            foreach (ExperimentIdentity experiment in collected)
            {
                Start(experiment);
            }
        }

        if (_isReading)
        {
            Finish();
            ConfirmAll();
        }

        base.EndProcessing();
        WriteSummary(
            _counts,
            IsPreview ? $"{Verb} would change" : DoneText,
            UnchangedText,
            IsPreview ? "would fail" : "failed"
        );
        EndRecord();
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
        switch (result)
        {
            case ExperimentChange change:
                _counts.Add(change.Changed);
                base.OnResult(change.Experiment);
                break;
            case ExperimentBefore before when IsPreview:
                Done--;
                PreviewOrConfirm(before);
                break;
            case ExperimentBefore before:
                Done--;
                _toConfirm.Enqueue(before);
                break;
            default:
                // It was left alone, and the cmdlet wrote why.
                Done--;
                break;
        }
    }

    /// <inheritdoc/>
    private protected override void Accept(ExperimentIdentity experiment)
    {
        if (_collected is null)
        {
            Start(experiment);
            return;
        }

        if (_collected.Add(experiment) is { } error)
        {
            ThrowTerminatingError(error);
        }
    }

    /// <inheritdoc/>
    private protected override void Reject(object input, ErrorRecord error) =>
        SubmitError(error, Record.NotStarted(Record.NewEntry() with { Change = Kind }, error));

    /// <inheritdoc/>
    private protected override void Start(ExperimentIdentity experiment)
    {
        if (!_isShown || (!_isReading && IsKnown(experiment)))
        {
            PreviewOrConfirm(new ExperimentBefore(experiment));
            return;
        }

        // From here on every experiment goes through the pump, also one that is known, so that they stay in the order of the input.
        _isReading = true;
        Submit(
            experiment.Input,
            experiment.ToString(),
            async cancellationToken =>
                IsKnown(experiment)
                    ? new ExperimentBefore(experiment)
                    : await ReadBeforeAsync(experiment, cancellationToken).ConfigureAwait(false),
            error => Record.NotStarted(Subject(experiment), error)
        );
        ConfirmAll();
    }

    /// <summary>Makes the change and records it; null where the experiment is left alone. Runs on any thread.</summary>
    private protected virtual async Task<ExperimentChange?> RunAsync(
        ExperimentIdentity experiment,
        LedgerEntry entry,
        CancellationToken cancellationToken
    ) => await Record.RunAsync(entry, token => ChangeAsync(experiment, token), cancellationToken).ConfigureAwait(false);

    /// <summary>Reads the experiment, before -WhatIf or -Confirm shows its change. Runs on any thread.</summary>
    private protected virtual Task<ExperimentBefore> ReadBeforeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) =>
        ExperimentBefore.ReadAsync(
            Client,
            experiment,
            Kind,
            IsPreview,
            goneNote: $"{UnchangedText}, nothing to do",
            cancellationToken
        );

    /// <summary>
    /// Whether enough is known of the experiment to say what would become of it. That its change would be refused is said only of what
    /// this command read: what was read earlier may be old.
    /// </summary>
    private bool IsKnown(ExperimentIdentity experiment) =>
        experiment.Known is { StatusText: not null } known && (!IsPreview || GetRefusal(experiment, known) is null);

    /// <summary>Writes what would become of an experiment under -WhatIf, or has its change confirmed and made.</summary>
    private void PreviewOrConfirm(ExperimentBefore before)
    {
        ExperimentIdentity experiment = before.Experiment;
        if (IsPreview && experiment.Known is { } present && GetRefusal(experiment, present) is { } why)
        {
            Fail(Failures.From(why, experiment.Input, experiment.ToString()));
            return;
        }

        ConfirmAndSubmit(before);
        if (IsPreview && !before.IsLeftAlone)
        {
            Done++;
            _counts.Add(NothingIsLeft(before) is null);
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
        string action = ActionOn(experiment, _isShown ? experiment.Known : null) + Record.Because;
        if (_isShown && NothingIsLeft(before) is { } note)
        {
            action = $"{action}: {note}";
        }

        SubmitRecorded(
            new RecordedChange(
                experiment.Input,
                experiment.ToString(),
                $"Experiment {experiment} in {Current}",
                action,
                () => Subject(experiment),
                async (entry, token) => await RunAsync(experiment, entry, token).ConfigureAwait(false)
            )
        );
    }

    /// <summary>Why nothing would be changed; null where something would be.</summary>
    private string? NothingIsLeft(ExperimentBefore before) =>
        before.Note
        ?? (
            before.Experiment.Known is { } present && ChangePreview.IsDone(Kind, present.Status)
                ? $"{UnchangedText}, {LeftToDo(before.Experiment)}"
                : null
        );

    /// <summary>The experiment and what is wanted of it, as the ledger says it.</summary>
    private protected virtual LedgerEntry Subject(ExperimentIdentity experiment) =>
        Record.NewEntry() with
        {
            Change = Kind,
            Uid = experiment.Uid,
            Name = experiment.Name,
            Slug = experiment.Known?.Slug,
            BeforeText = experiment.Known?.StatusText,
            AfterText = ApiName.Of(Wanted),
            Detail = Detail,
        };
}
