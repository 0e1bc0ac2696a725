using System.Management.Automation;
using System.Reflection;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>
/// A cmdlet that changes experiments, with a preview, confirmation, a fuse and a summary. -WhatIf says what would become of each
/// experiment as it is, and so does a question; where it is not known how it is, it is read first, a few at once.
/// </summary>
public abstract class ExperimentChangeCmdlet : ExperimentSelectCmdlet
{
    /// <summary>What was read, and is to be asked about, in the order of the input.</summary>
    private readonly Queue<ExperimentLook> _toAsk = new();

    private List<ExperimentIdentity>? _collected;
    private bool _asks;
    private bool _looks;
    private int _changed;
    private int _unchanged;

    /// <summary>
    /// A fuse against a wrong filter: with it, the input is collected first, and if there is more than this, nothing at
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
    private protected virtual DateTimeOffset? ReadEnd() => null;

    private protected OperationRun Record { get; private set; } = null!;

    /// <summary>What ShouldProcess calls it: the cmdlet's verb.</summary>
    private protected abstract string Verb { get; }

    /// <summary>What -WhatIf and -Confirm say is done: the verb, and what else matters of it.</summary>
    /// <param name="experiment">To which experiment.</param>
    /// <param name="present">As it is; null where that is not known.</param>
    private protected virtual string ActionOn(ExperimentIdentity experiment, Experiment? present) => Verb;

    /// <summary>Why the change would be refused; null where it would not be, or where that is not known.</summary>
    private protected virtual PictifyException? WhyNot(ExperimentIdentity experiment, Experiment present) =>
        ChangePreview.WhyNot(Kind, present);

    /// <summary>The parameter that was given and is for one experiment only, and what does the same for each of several.</summary>
    private protected virtual (string Parameter, string Each)? ForOne => null;

    /// <summary>How the summary begins, such as <c>Suspended</c>.</summary>
    private protected abstract string DoneText { get; }

    /// <summary>How the summary calls those that needed no change, such as <c>already paused</c>.</summary>
    private protected abstract string UnchangedText { get; }

    /// <summary>What -WhatIf says is left to do for those.</summary>
    private protected virtual string LeftToDo => "nothing to do";

    private protected abstract Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    );

    /// <summary>For a command that reads the ledger first: before the record of this run makes the file.</summary>
    private protected virtual void CheckLedger() { }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        IsPreview = IsWhatIf;
        _asks = IsPreview || Confirms;
        CheckLedger();
        Record = BeginRecord(Reason, Ticket, ReadEnd());
        if (MaximumCount > 0 || ForOne is not null)
        {
            _collected = [];
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_collected is { } collected)
        {
            Expected = collected.Count;
            foreach (ExperimentIdentity experiment in collected)
            {
                Start(experiment);
            }
        }

        if (_looks)
        {
            Finish();
            AskAll();
        }

        base.EndProcessing();
        Summarize();
        EndRecord();
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
        if (result is ExperimentLook look)
        {
            Done--;
            if (IsPreview)
            {
                Preview(look);
            }
            else
            {
                _toAsk.Enqueue(look);
            }

            return;
        }

        if (result is not ExperimentChange change)
        {
            // Left alone, and told so.
            Done--;
            return;
        }

        if (change.Changed)
        {
            _changed++;
        }
        else
        {
            _unchanged++;
        }

        base.OnResult(change.Experiment);
    }

    /// <inheritdoc/>
    private protected override void Accept(ExperimentIdentity experiment)
    {
        if (_collected is null)
        {
            Start(experiment);
            return;
        }

        _collected.Add(experiment);
        if (MaximumCount > 0 && _collected.Count > MaximumCount)
        {
            ThrowTerminatingError(InputErrors.TooMany(Verb, MaximumCount));
        }

        if (ForOne is (var parameter, var each) && experiment.Uid != _collected[0].Uid)
        {
            ThrowTerminatingError(
                InputErrors.NotForSeveral(parameter, $"{_collected[0]}", $"{experiment}", experiment.Input, each)
            );
        }
    }

    /// <inheritdoc/>
    private protected override void Reject(object input, ErrorRecord error) =>
        SubmitError(
            error,
            IsPreview
                ? null
                : Record.NotStartedAsync(Record.NewEntry() with { Change = Kind }, error.FullyQualifiedErrorId)
        );

    /// <inheritdoc/>
    private protected override void Start(ExperimentIdentity experiment)
    {
        if (!_asks)
        {
            Ask(new ExperimentLook(experiment));
        }
        else if (!_looks && IsKnown(experiment))
        {
            Tell(new ExperimentLook(experiment));
        }
        else
        {
            // From here on all of them wait for their turn, so that they are told in the order of the input.
            _looks = true;
            Submit(
                experiment.Input,
                experiment.ToString(),
                async cancellationToken =>
                    IsKnown(experiment)
                        ? new ExperimentLook(experiment)
                        : await LookAsync(experiment, cancellationToken).ConfigureAwait(false),
                IsPreview ? null : errorId => Record.NotStartedAsync(Subject(experiment), errorId)
            );
            AskAll();
        }
    }

    /// <summary>Makes the change, with its record.</summary>
    private protected virtual void Send(ExperimentIdentity experiment)
    {
        LedgerEntry subject = Subject(experiment);
        Submit(
            experiment.Input,
            experiment.ToString(),
            async cancellationToken =>
            {
                ExperimentChange change = await Record
                    .RunAsync(subject, token => ChangeAsync(experiment, token), cancellationToken)
                    .ConfigureAwait(false);
                return await AfterChangeAsync(change.EnsureDone(), cancellationToken).ConfigureAwait(false);
            },
            errorId => Record.NotStartedAsync(subject, errorId)
        );
    }

    /// <summary>Reads the experiment, before -WhatIf tells or a question asks about it.</summary>
    private protected virtual async Task<ExperimentLook> LookAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    )
    {
        try
        {
            Experiment present = await Client.GetAsync(experiment.Uid, cancellationToken).ConfigureAwait(false);
            return new ExperimentLook(experiment with { Known = present, Name = present.Name ?? experiment.Name });
        }
        catch (PictifyException gone)
            when (Kind == ChangeKind.Remove && gone.Kind is PictifyErrorKind.NotFound or PictifyErrorKind.Gone)
        {
            return new ExperimentLook(experiment, $"{UnchangedText}, {LeftToDo}");
        }
        catch (PictifyException failure) when (!IsPreview && !failure.IsFatal)
        {
            // The question is asked all the same; the change itself says what is wrong.
            return new ExperimentLook(experiment);
        }
    }

    /// <summary>
    /// Whether enough is known of the experiment to tell what would become of it. That it would be refused is told only of what was
    /// just read: what was read earlier may be old.
    /// </summary>
    private bool IsKnown(ExperimentIdentity experiment) =>
        experiment.Known is { StatusText: not null } known && (!IsPreview || WhyNot(experiment, known) is null);

    /// <summary>What -WhatIf says of one experiment, or the question about it.</summary>
    private void Tell(ExperimentLook look)
    {
        if (IsPreview)
        {
            Preview(look);
        }
        else
        {
            Ask(look);
        }
    }

    /// <summary>Says what would become of one experiment: an error where the change would be one.</summary>
    private void Preview(ExperimentLook look)
    {
        if (look.Experiment.Known is { } present && WhyNot(look.Experiment, present) is { } why)
        {
            Fail(Failures.From(why, look.Experiment.Input, look.Experiment.ToString()));
            return;
        }

        Ask(look);
        if (look.IsLeftAlone)
        {
            return;
        }

        Done++;
        if (NothingIsLeft(look) is null)
        {
            _changed++;
        }
        else
        {
            _unchanged++;
        }
    }

    private void AskAll()
    {
        while (_toAsk.Count > 0)
        {
            Ask(_toAsk.Dequeue());
        }
    }

    /// <summary>Asks where that is wanted, and makes the change unless the answer is no.</summary>
    private void Ask(ExperimentLook look)
    {
        ExperimentIdentity experiment = look.Experiment;
        string action = ActionOn(experiment, _asks ? experiment.Known : null) + Because(Reason, Ticket);
        if (_asks && NothingIsLeft(look) is { } note)
        {
            action = $"{action}: {note}";
        }

        if (ShouldProcess($"Experiment {experiment} in {Current}", action))
        {
            Send(experiment);
        }
    }

    /// <summary>Why nothing would be changed; null where something would be.</summary>
    private string? NothingIsLeft(ExperimentLook look) =>
        look.Note
        ?? (
            look.Experiment.Known is { } present && ChangePreview.IsDone(Kind, present.Status)
                ? $"{UnchangedText}, {LeftToDo}"
                : null
        );

    /// <summary>What the command still does once the change is made and recorded.</summary>
    private protected virtual Task<ExperimentChange> AfterChangeAsync(
        ExperimentChange change,
        CancellationToken cancellationToken
    ) => Task.FromResult(change);

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

    private void Summarize()
    {
        if (Done == 0)
        {
            return;
        }

        var rest = new List<string>();
        if (_unchanged > 0)
        {
            rest.Add($"{_unchanged} {UnchangedText}");
        }

        if (Failed > 0)
        {
            rest.Add($"{Failed} {(IsPreview ? "would fail" : "failed")}");
        }

        string done = IsPreview ? $"{Verb} would change" : DoneText;
        Say($"{done} {_changed} of {Done}{(rest.Count > 0 ? ": " + string.Join(", ", rest) : "")}.");
    }
}

/// <summary>An experiment that was looked at before the change.</summary>
/// <param name="Experiment">It, with what is known of it now.</param>
/// <param name="Note">Why nothing is to be done about it, where its status alone does not say so.</param>
/// <param name="IsLeftAlone">True where it is in other hands: it is neither changed nor as it was wanted.</param>
internal sealed record ExperimentLook(ExperimentIdentity Experiment, string? Note = null, bool IsLeftAlone = false);
