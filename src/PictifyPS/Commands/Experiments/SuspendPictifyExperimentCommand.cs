using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Schedules;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;
using PictifyPS.Views;

namespace PictifyPS.Commands;

/// <summary>Pauses running experiments.</summary>
/// <remarks>
/// <para>A paused experiment serves no variant images and tracks nothing; the data that it collected is kept. An experiment that is already
/// paused counts as success, so that the command is safe to run twice. An experiment in any other status (draft, completed) cannot be
/// paused: that is an error for this experiment, and the others are still paused. In the output, Change is Changed or Unchanged,
/// OperationId is the run of the command, and PausedUntil is when the pause ends.</para>
/// <para>If the service's answer does not show whether the experiment was paused, the experiment is read to find out. The service syncs its
/// counters about every 15 minutes, so they may still change after a pause.</para>
/// <para>-For and -Until give the pause an end, which is recorded in the ledger. No experiment resumes by itself: a scheduler has to run
/// 'Resume-PictifyExperiment -Due' with the same ledger.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyExperiment | Where Name -like 'Hero*' | Suspend-PictifyExperiment</code>
/// <para>Pauses every experiment whose name begins with Hero, and emits each with its new status.</para>
/// </example>
/// <example>
/// <code>Suspend-PictifyExperiment -Name 'Hero*' -WhatIf</code>
/// <para>Lists what would be paused, and changes nothing.</para>
/// </example>
/// <example>
/// <code>Import-Csv ./incident.csv | Suspend-PictifyExperiment -MaximumCount 50</code>
/// <para>Pauses the experiments whose uids are in the file's Uid column; none at all, if there are more than 50.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -Until 'Monday 08:00' -Reason 'Friday freeze'</code>
/// <para>Pauses all running experiments; 'Resume-PictifyExperiment -Due', run by a scheduler, resumes them on Monday.</para>
/// </example>
/// <seealso cref="ResumePictifyExperimentCommand"/>
/// <seealso cref="GetPictifyPauseCommand"/>
/// <seealso cref="UndoPictifyOperationCommand"/>
/// <seealso>about_PictifyPS_Bulk</seealso>
/// <seealso>about_PictifyPS_Schedules</seealso>
[Cmdlet(VerbsLifecycle.Suspend, "PictifyExperiment", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[Alias("Pause-PictifyExperiment")]
[OutputType(typeof(Experiment))]
public sealed class SuspendPictifyExperimentCommand : ExperimentChangeCmdlet
{
    /// <summary>
    /// How long the pause is to last: a TimeSpan, or text such as 30m, 2h, 1d, 1d12h or 24:00:00 (hours, minutes, seconds); one
    /// second to 366 days. A number needs its unit. 'Resume-PictifyExperiment -Due' ends it.
    /// </summary>
    // A string: PowerShell parses 1d and 30s as numbers with a suffix, and passes the typed text only to a string parameter.
    [Parameter]
    [Text("Suspend-PictifyExperiment -For")]
    [ValidateNotNullOrEmpty]
    public string? For { get; set; }

    /// <summary>
    /// When the pause is to end: a date, or text such as 18:00, 'tomorrow 08:00', 'Monday 08:00' or '2026-12-24 12:00', in
    /// this machine's time zone. Dates are read as ISO 8601, else with the month first, in every culture.
    /// 'Resume-PictifyExperiment -Due' ends it.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object? Until { get; set; }

    private string? _end;
    private PauseEnds? _ends;

    private protected override string Verb => "Suspend";

    private protected override string ActionOn(ExperimentIdentity experiment, Experiment? present) =>
        _end is null ? Verb : $"Suspend until {_end}";

    private protected override ChangeKind Kind => ChangeKind.Pause;

    private protected override ExperimentStatus Wanted => ExperimentStatus.Paused;

    private protected override string DoneText => "Suspended";

    private protected override string UnchangedText => "already paused";

    private protected override string LeftToDo(ExperimentIdentity experiment) =>
        _end is not null ? "only the end is recorded"
        : EndOf(experiment) is { } end ? $"only its end at {ViewText.Exact(end.ToLocalTime())} is removed"
        : base.LeftToDo(experiment);

    private protected override string Activity => "Suspending experiments";

    private protected override Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    ) => Client.PauseAsync(experiment.Uid, experiment.LastRead, cancellationToken);

    private protected override DateTimeOffset? ResolvePauseEnd()
    {
        if (For is not null && Until is not null)
        {
            ThrowTerminatingError(InputErrors.InvalidCall("-For and -Until both set the pause's end; give only one."));
        }

        DateTimeOffset now = Current.Time.GetLocalNow();
        (DateTimeOffset? end, string? why) =
            For is not null ? DateParser.After(For, now)
            : Until is not null ? DateParser.At(Until, now, Current.Time.LocalTimeZone)
            : (null, null);
        if (why is not null)
        {
            ThrowTerminatingError(InputErrors.InvalidCall(why));
        }

        if (end is { } until)
        {
            string shown = ViewText.Exact(until.ToLocalTime());
            WriteVerbose($"The pause ends at {shown}, when a scheduler runs 'Resume-PictifyExperiment -Due'.");
            _end = shown;
            WarnWhereNothingEndsIt(shown);
        }

        return end;
    }

    /// <summary>The end of our pause that a pause without an end would remove; a warning, once, if the ledger cannot be read.</summary>
    private DateTimeOffset? EndOf(ExperimentIdentity experiment)
    {
        if (experiment.LastRead is not { } present || Ledgers.Of(Current) is not { } ledger)
        {
            return null;
        }

        try
        {
            _ends ??= WaitFor(PauseEnds.ReadAsync(Current, ledger, StopToken));
            return _ends.Of(present);
        }
        catch (LedgerException exception)
        {
            WriteWarning($"Whether the end of a pause is removed is not shown. {exception.Message}");
            _ends = PauseEnds.None;
            return null;
        }
    }

    /// <summary>Not for a sandbox: it is gone before any scheduler runs.</summary>
    private void WarnWhereNothingEndsIt(string end)
    {
        if (Current.Sandbox is not null || Ledgers.Of(Current) is not { } ledger)
        {
            return;
        }

        if (LedgerLifetime.GetLossReason(ledger.Location, HostEnvironment.Here()) is { } why)
        {
            WriteWarning(
                $"Possibly nothing ends the pause at {end}: the ledger '{ledger.Location}' {why}. A pause is ended by "
                    + $"'Resume-PictifyExperiment -Due' with the ledger that it was recorded in: keep that file, or set {EnvironmentVariables.Ledger} or "
                    + "'Connect-Pictify -LedgerPath' to one that lasts."
            );
            return;
        }

        if (DueJobHint.IsWanted(ledger.Location.Path, Current.BaseUri.AbsoluteUri))
        {
            WriteWarning(
                $"Register-PictifyDueJob has registered no job for the ledger '{ledger.Location}': the pause ends at {end} only if something "
                    + "runs 'Resume-PictifyExperiment -Due' with it. This warning is written once in a session."
            );
        }
    }
}
