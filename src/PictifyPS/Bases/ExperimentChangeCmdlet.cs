using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Completion;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>A cmdlet that changes experiments, with a preview, a confirmation, a limit of their number and a summary.</summary>
public abstract class ExperimentChangeCmdlet : PictifyCmdlet
{
    private protected const string ByInput = ExperimentSelection.ByInput;
    private protected const string ByUid = ExperimentSelection.ByUid;
    private protected const string ByName = ExperimentSelection.ByName;
    private protected const string BySlug = ExperimentSelection.BySlug;

    private readonly ExperimentSelection _selection;
    private CollectedExperiments? _collected;
    private ConfirmedChanges _changes = null!;

    private protected ExperimentChangeCmdlet()
    {
        Service = new ServiceAccess(this, () => Connection);
        Run = new InputRun(this, Service, () => Activity, () => ThrottleLimit, result => _changes.OnResult(result));
        _selection = new ExperimentSelection(this, Service, Run);
    }

    /// <summary>
    /// A safety limit against a wrong filter: the input is collected first, and nothing is sent if there are more experiments than this. 1
    /// or more; no limit by default.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaximumCount { get; set; }

    /// <summary>The reason, for the ledger. A connection that was made with -RequireReason refuses changes without one.</summary>
    [Parameter]
    [Text("-Reason")]
    public string? Reason { get; set; }

    /// <summary>The ticket that requests or explains the change, for the ledger.</summary>
    [Parameter]
    [Text("-Ticket")]
    public string? Ticket { get; set; }

    /// <summary>
    /// The experiments: from Get-PictifyExperiment, anything with a Uid (rows of a CSV, deserialized objects,
    /// hashtables), or plain strings, which are uids.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByInput)]
    [ArgumentCompleter(typeof(UidCompleter))]
    public virtual PSObject[] InputObject { get; set; } = [];

    /// <summary>The experiments' uids, such as exp_abc123.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByUid)]
    [ArgumentCompleter(typeof(UidCompleter))]
    [Text("-Uid", ReplacesInput = true)]
    public string[] Uid { get; set; } = [];

    /// <summary>The experiments' names; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(NameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Text("-Name", ReplacesInput = true)]
    public string[] Name { get; set; } = [];

    /// <summary>The experiments' slugs, as in public image URLs; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BySlug)]
    [ArgumentCompleter(typeof(SlugPatternCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Text("-Slug", ReplacesInput = true)]
    public string[] Slug { get; set; } = [];

    /// <inheritdoc cref="BulkCmdlet.ThrottleLimit"/>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 8;

    /// <inheritdoc cref="ConnectedCmdlet.Connection"/>
    [Parameter]
    [ConnectionName]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    private protected ServiceAccess Service { get; }

    private protected PictifyConnection Current => Service.Current;

    private protected PictifyClient Client => Service.Client;

    private protected InputRun Run { get; }

    /// <summary>The activity that the progress bar shows, such as <c>Suspending experiments</c>.</summary>
    private protected abstract string Activity { get; }

    /// <summary>The status that is wanted; Unknown if the change is about something else.</summary>
    private protected virtual ExperimentStatus Wanted => ExperimentStatus.Unknown;

    /// <summary>What the change does.</summary>
    private protected abstract ChangeKind Kind { get; }

    /// <summary>True under -WhatIf; can be read by any thread.</summary>
    private protected bool IsPreview { get; private set; }

    /// <summary>Further details of the change for the ledger.</summary>
    private protected virtual string? Detail => null;

    /// <summary>When the change is to end.</summary>
    private protected virtual DateTimeOffset? ResolvePauseEnd() => null;

    /// <summary>The action that ShouldProcess shows: the cmdlet's verb.</summary>
    private protected abstract string Verb { get; }

    /// <summary>The action that -WhatIf and -Confirm show: the verb, and its important arguments.</summary>
    /// <param name="experiment">The experiment to change.</param>
    /// <param name="present">Its present state; null if that is not known.</param>
    private protected virtual string ActionOn(ExperimentIdentity experiment, Experiment? present) => Verb;

    /// <summary>Why the change would be refused; null if it would not be, or if that is not known.</summary>
    private protected virtual PictifyException? GetRefusal(ExperimentIdentity experiment, Experiment present) =>
        ChangePreview.GetRefusal(Kind, present);

    /// <summary>
    /// The parameter that was given and is for one experiment only, and the expression that does the same for each of several.
    /// </summary>
    private protected virtual (string Parameter, string Each)? ForOne => null;

    /// <summary>How the summary begins, such as <c>Suspended</c>.</summary>
    private protected abstract string DoneText { get; }

    /// <summary>The summary's words for experiments that needed no change, such as <c>already paused</c>.</summary>
    private protected abstract string UnchangedText { get; }

    /// <summary>What is left to do for those, for -WhatIf.</summary>
    private protected virtual string LeftToDo(ExperimentIdentity experiment) => "nothing to do";

    private protected abstract Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Checks that the ledger exists, for a command that needs one; called first, because the record of this run would create the file.
    /// </summary>
    private protected virtual void CheckLedger() { }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        Service.Begin();
        _selection.Begin(Uid);
        IsPreview = IsWhatIf;
        bool isShown = IsPreview || RunPreferences.Confirms(this);
        CheckLedger();
        RecordedRun record = BeginRecord(Current, Reason, Ticket, ResolvePauseEnd());
        var steps = new ChangeSteps(
            Kind,
            UnchangedText,
            LeftToDo,
            ActionOn,
            GetRefusal,
            EntryOf,
            ReadBeforeAsync,
            RunAsync
        );
        _changes = new ConfirmedChanges(Run, record, Current, steps, IsPreview, isShown);
        if (MaximumCount > 0 || ForOne is not null)
        {
            _collected = new CollectedExperiments(Verb, MaximumCount, ForOne);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _selection.Resolve(Inputs(), Accept, Reject);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_collected is { Experiments: var collected })
        {
            Run.Expected = collected.Count;
            foreach (ExperimentIdentity experiment in collected)
            {
                SubmitOne(experiment);
            }
        }

        _changes.Finish();
        Run.WriteSummary(
            _changes.Counts,
            IsPreview ? $"{Verb} would change" : DoneText,
            UnchangedText,
            IsPreview ? "would fail" : "failed"
        );
        EndRecord();
    }

    /// <summary>The inputs in this record of the pipeline.</summary>
    private protected virtual IEnumerable<object> Inputs() => _selection.Inputs(InputObject, Uid, Name, Slug);

    /// <summary>Reports an input that names no experiment, or none that can be changed.</summary>
    private protected void Reject(object input, ErrorRecord error) =>
        Run.SubmitError(error, Record.NotStarted(Record.NewEntry() with { Change = Kind }, error));

    /// <summary>Starts the change of an experiment.</summary>
    private protected virtual void SubmitOne(ExperimentIdentity experiment) => _changes.Submit(experiment);

    /// <summary>Makes the change and records it; null if nothing is changed. Runs on any thread.</summary>
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

    /// <summary>The ledger entry with the experiment and the wanted change.</summary>
    private protected virtual LedgerEntry EntryOf(ExperimentIdentity experiment) =>
        Record.NewEntry() with
        {
            Change = Kind,
            Uid = experiment.Uid,
            Name = experiment.Name,
            Slug = experiment.LastRead?.Slug,
            BeforeText = experiment.LastRead?.StatusText,
            AfterText = ApiName.Of(Wanted),
            Detail = Detail,
        };

    /// <inheritdoc/>
    private protected override InputRun RunOrNull => Run;

    /// <summary>Takes an input that names an experiment.</summary>
    private void Accept(ExperimentIdentity experiment)
    {
        if (_collected is null)
        {
            SubmitOne(experiment);
        }
        else if (_collected.Add(experiment) is { } error)
        {
            ThrowTerminatingError(error);
        }
    }
}
