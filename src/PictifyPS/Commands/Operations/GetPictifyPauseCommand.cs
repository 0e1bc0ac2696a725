using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Operations;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Gets paused experiments: paused by whom, since when, why and until when, and whether the end is overdue.</summary>
/// <remarks>
/// <para>Combines the present state of the service with the ledger. A pause is ours if the ledger contains it and no change without this
/// ledger was made since; of any other pause only the time of the experiment's last change is known. Nothing is changed or written.</para>
/// <para>A pause is due once its end is reached, and overdue 15 minutes later: then probably nothing runs 'Resume-PictifyExperiment -Due'
/// with this ledger. The pauses are emitted in the order of the service's list, and Resume-PictifyExperiment takes them from the
/// pipeline.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyPause</code>
/// <para>Gets all paused experiments, whoever paused them.</para>
/// </example>
/// <example>
/// <code>Get-PictifyPause -Overdue</code>
/// <para>Gets pauses that should have ended 15 minutes ago or earlier: the schedule that ends them does not run.</para>
/// </example>
/// <example>
/// <code>Get-PictifyPause -OlderThan 14d | Where-Object { $_.IsOurs -and -not $_.Until } | Resume-PictifyExperiment -WhatIf</code>
/// <para>Shows which of our pauses that have no end and are two weeks old would be resumed.</para>
/// </example>
/// <seealso cref="ResumePictifyExperimentCommand"/>
/// <seealso cref="SuspendPictifyExperimentCommand"/>
/// <seealso cref="RegisterPictifyDueJobCommand"/>
/// <seealso>about_PictifyPS_Schedules</seealso>
[Cmdlet(VerbsCommon.Get, "PictifyPause", DefaultParameterSetName = Listed)]
[OutputType(typeof(PictifyPause))]
public sealed class GetPictifyPauseCommand : BulkCmdlet
{
    private const string Listed = "List";
    private const string ByUid = "Uid";

    private readonly List<Experiment> _paused = [];
    private DateTimeOffset? _before;

    /// <summary>The experiments' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = Listed)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NameCompleter))]
    [Text("Get-PictifyPause -Name", ReplacesInput = true)]
    public string[]? Name { get; set; }

    /// <summary>The experiments' slugs, as in public image URLs; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = Listed)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SlugPatternCompleter))]
    [Text("Get-PictifyPause -Slug", ReplacesInput = true)]
    public string[]? Slug { get; set; }

    /// <summary>The uids of single experiments, such as exp_abc123. Nothing is emitted for one that is not paused.</summary>
    [Parameter(
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        ParameterSetName = ByUid
    )]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(UidCompleter))]
    public string[] Uid { get; set; } = [];

    /// <summary>Only pauses whose end is reached: those that 'Resume-PictifyExperiment -Due' would end now.</summary>
    [Parameter]
    public SwitchParameter Due { get; set; }

    /// <summary>Only pauses that should have ended 15 minutes ago or earlier.</summary>
    [Parameter]
    public SwitchParameter Overdue { get; set; }

    /// <summary>
    /// Only pauses that have lasted at least this long: a TimeSpan, or text such as 30m, 2h, 14d or 24:00:00 (hours, minutes, seconds). A
    /// number needs its unit.
    /// </summary>
    // A string: PowerShell parses 1d and 30s as numbers with a suffix, and passes the typed text only to a string parameter.
    [Parameter]
    [Text("Get-PictifyPause -OlderThan")]
    [ValidateNotNullOrEmpty]
    public string? OlderThan { get; set; }

    private protected override string Activity => "Reading paused experiments";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Ledgers.Of(Current) is null)
        {
            ThrowTerminatingError(OperationErrors.LedgerNeeded(MyInvocation.MyCommand.Name));
        }

        if (OlderThan is not null)
        {
            DateTimeOffset now = Current.Now;
            (DateTimeOffset? end, string? why) = DateParser.After(OlderThan, now);
            if (why is not null)
            {
                ThrowTerminatingError(InputErrors.InvalidCall(why));
            }

            _before = now - (end!.Value - now);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == Listed)
        {
            Run.CancelOnException(ReadList);
            return;
        }

        Run.SubmitReads(Uid);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Run.Finish();
        var operations = new PictifyOperations(Current, Client, Ledgers.Of(Current)!);
        foreach (PictifyPause pause in ReadLedger(operations.DescribePausesAsync(_paused, StopToken)))
        {
            if (
                (!Due || pause.IsDue)
                && (!Overdue || pause.IsOverdue)
                && (_before is not { } before || pause.Since <= before.LocalDateTime)
            )
            {
                WriteObject(pause);
            }
        }
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
        if (result is not Experiment experiment)
        {
            return;
        }

        CompletionCache.Remember(Current, experiment);
        if (experiment.Status == ExperimentStatus.Paused)
        {
            _paused.Add(experiment);
        }
        else
        {
            WriteVerbose($"{experiment} is not paused.");
        }
    }

    private void ReadList()
    {
        var pattern = new ExperimentPattern(Name, Slug);
        foreach (ExperimentPage page in Service.Pages(new ExperimentQuery { Status = ExperimentStatus.Paused }))
        {
            // If the service ignores the filter, a running experiment must not become a pause.
            _paused.AddRange(
                page.Experiments.Where(experiment =>
                    (experiment.StatusText is null || experiment.Status == ExperimentStatus.Paused)
                    && pattern.IsMatch(experiment)
                )
            );
        }

        WriteErrors(pattern.Missing("paused ", MyInvocation.MyCommand.Name));
    }
}
