using System.Management.Automation;
using System.Reflection;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace PictifyPS.Pipeline;

/// <summary>A cmdlet that changes experiments, with confirmation, a fuse and a summary.</summary>
public abstract class ExperimentChangeCmdlet : ExperimentSelectCmdlet
{
    private List<ExperimentIdentity>? _collected;
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

    /// <summary>What else the ledger should say of the change.</summary>
    private protected virtual string? Detail => null;

    /// <summary>When the change is to end.</summary>
    private protected virtual DateTimeOffset? ReadEnd() => null;

    private protected OperationRun Record { get; private set; } = null!;

    /// <summary>What ShouldProcess calls it: the cmdlet's verb.</summary>
    private protected abstract string Verb { get; }

    /// <summary>What -WhatIf and -Confirm say is done: the verb, and what else matters of it.</summary>
    private protected virtual string Action => Verb;

    /// <summary>How the summary begins, such as <c>Suspended</c>.</summary>
    private protected abstract string DoneText { get; }

    /// <summary>How the summary calls those that needed no change, such as <c>already paused</c>.</summary>
    private protected abstract string UnchangedText { get; }

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
        CheckLedger();
        Record = BeginRecord(Reason, Ticket, ReadEnd());
        if (MaximumCount > 0)
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

        base.EndProcessing();
        Summarize();
        EndRecord();
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
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
        if (_collected.Count > MaximumCount)
        {
            ThrowTerminatingError(Errors.TooMany(Verb, MaximumCount));
        }
    }

    /// <inheritdoc/>
    private protected override void Reject(object input, ErrorRecord error) =>
        SubmitError(
            error,
            IsWhatIf
                ? null
                : Record.NotStartedAsync(Record.NewEntry() with { Change = Kind }, error.FullyQualifiedErrorId)
        );

    /// <inheritdoc/>
    private protected override void Start(ExperimentIdentity experiment)
    {
        experiment = Named(experiment);
        if (!ShouldProcess($"Experiment {experiment} in {Current}", Action))
        {
            return;
        }

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

    /// <summary>
    /// Where PowerShell is about to ask, a uid alone does not tell a person what the question is about: the experiment is read for its
    /// name. Where that fails the change itself will say why, and the uid has to do.
    /// </summary>
    private ExperimentIdentity Named(ExperimentIdentity experiment)
    {
        if (!string.IsNullOrEmpty(experiment.Name) || !Asks())
        {
            return experiment;
        }

        try
        {
            return experiment with { Name = Await(Client.GetAsync(experiment.Uid, StopToken)).Name };
        }
        catch (PictifyException)
        {
            return experiment;
        }
        catch (OperationCanceledException exception)
        {
            Terminate(exception);
            throw;
        }
    }

    /// <summary>Whether ShouldProcess asks, by -Confirm, else by $ConfirmPreference.</summary>
    private bool Asks()
    {
        if (IsWhatIf)
        {
            return false;
        }

        if (MyInvocation.BoundParameters.TryGetValue("Confirm", out object? given))
        {
            return given is SwitchParameter { IsPresent: true } or true;
        }

        ConfirmImpact impact = GetType().GetCustomAttribute<CmdletAttribute>()!.ConfirmImpact;
        return LanguagePrimitives.TryConvertTo(
                SessionState.PSVariable.GetValue("ConfirmPreference"),
                out ConfirmImpact preference
            )
            && preference != ConfirmImpact.None
            && impact >= preference;
    }

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
            rest.Add($"{Failed} failed");
        }

        Say($"{DoneText} {_changed} of {Done}{(rest.Count > 0 ? ": " + string.Join(", ", rest) : "")}.");
    }
}
