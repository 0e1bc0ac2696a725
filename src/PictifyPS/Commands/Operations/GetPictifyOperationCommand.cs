using System.Management.Automation;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Gets operations from the ledger: one object for each run of a command, with what it changed.</summary>
/// <remarks>
/// <para>Each operation has the number of experiments that it changed, that were already as wanted, that it could not change, and whose
/// outcome is unknown; also who ran it, when, on which machine and why. Its Entries contain the same for each experiment. The oldest
/// operation comes first. The service is not asked, and no connection is needed.</para>
/// <para>-Last gets this session's last command that was to change something, even if it found nothing to do, so that a scheduled job can
/// rely on it. In a session without such a command it gets the last operation in the ledger. Commands of this session are counted as they
/// run, so their counts are right even if the ledger is off or could not be written.</para>
/// <para>Succeeded is true only if nothing failed, nothing is unknown, the command did not end early (EndedEarly), and, for a command of
/// this session, if it wrote no error (ErrorCount). EndedEarly is true if a terminating error, Ctrl+C or a later command in the pipeline
/// stopped it; this is recorded, so a later session shows it too. If a process was killed, the outcome of the changes that it was making is
/// unknown.</para>
/// <para>A ledger that was named by -LedgerPath or PICTIFY_LEDGER has to exist; otherwise the error LedgerNotFound names it. Only -Last
/// emits nothing, without an error, if the connection's ledger has no line yet.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyOperation -Since (Get-Date).AddDays(-1)</code>
/// <para>Gets what was changed in the last day.</para>
/// </example>
/// <example>
/// <code>$ErrorActionPreference = 'Stop'; Suspend-PictifyExperiment -Name 'Hero*' -ErrorAction Continue; if (-not (Get-PictifyOperation -Last).Succeeded) { exit 1 }</code>
/// <para>Returns an exit code from a scheduled job: a terminating error, such as a refused key, ends the job, and the exit code is 1 if
/// something failed, is unknown, or was not attempted.</para>
/// </example>
/// <example>
/// <code>Get-PictifyOperation -Reason '*freeze*' | ForEach-Object Entries | Where-Object Outcome -eq Changed</code>
/// <para>Gets every experiment that the operations of a freeze changed.</para>
/// </example>
/// <seealso cref="UndoPictifyOperationCommand"/>
/// <seealso cref="UpdatePictifyOperationCommand"/>
/// <seealso cref="TestPictifyLedgerCommand"/>
/// <seealso>about_PictifyPS_Ledger</seealso>
[Cmdlet(VerbsCommon.Get, "PictifyOperation", DefaultParameterSetName = Filtered)]
[OutputType(typeof(PictifyOperation))]
public sealed class GetPictifyOperationCommand : LedgerCmdlet
{
    private const string Filtered = "Filter";
    private const string ById = "Id";
    private const string ByLast = "Last";

    private SessionRun? _lastOfSession;

    /// <summary>The operations' ids.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        ParameterSetName = ById
    )]
    [ArgumentCompleter(typeof(OperationCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Gets the last operation of this session; without one, the last of the ledger.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLast)]
    public SwitchParameter Last { get; set; }

    /// <summary>Only operations that began at this time or later.</summary>
    [Parameter(ParameterSetName = Filtered)]
    public DateTimeOffset Since { get; set; }

    /// <summary>Only operations that include at least one of these experiments.</summary>
    [Parameter(ParameterSetName = Filtered)]
    [ArgumentCompleter(typeof(UidCompleter))]
    [ValidateNotNullOrEmpty]
    [Text("Get-PictifyOperation -Uid", ReplacesInput = true)]
    public string[] Uid { get; set; } = [];

    /// <summary>Only operations with one of these reasons; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = Filtered)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Text("Get-PictifyOperation -Reason", ReplacesInput = true)]
    public string[] Reason { get; set; } = [];

    /// <summary>The maximum number of operations, 1 or more: the first ones in the order of the ledger, the oldest first.</summary>
    [Parameter(ParameterSetName = Filtered)]
    [ValidateRange(1, int.MaxValue)]
    public int First { get; set; } = int.MaxValue;

    /// <summary>
    /// A job that found nothing to change, or ran under -WhatIf, also calls -Last at its end: a missing ledger is then no error.
    /// </summary>
    private protected override bool MayNotExist => ParameterSetName == ByLast;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Read before the next command of this pipeline begins, which may change something.
        _lastOfSession = SessionOperation.Last;
        base.BeginProcessing();
    }

    /// <summary>The counts of this session's last command exist even if it was not recorded.</summary>
    private protected override bool DoesWithout => Last && _lastOfSession is { Lines.Ledger: null };

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case ById:
                foreach (string id in Id)
                {
                    if (ReadOperations(new LedgerQuery { OperationId = id }) is [var operation])
                    {
                        WriteObject(operation);
                    }
                    else
                    {
                        WriteError(SessionOperation.NotFound(id, Ledger!));
                    }
                }

                break;
            case ByLast:
                if (FindLast() is { } last)
                {
                    WriteObject(last);
                }

                break;
            default:
                WriteObject(Find(), enumerateCollection: true);
                break;
        }
    }

    /// <summary>If this session has none, the last by its position in the ledger: ids of other machines may sort differently.</summary>
    private PictifyOperation? FindLast() =>
        _lastOfSession is { } last && last.Lines.Ledger == Ledger
            ? ReadRun(last)
            : ReadOperations(LedgerQuery.All).LastOrDefault();

    /// <summary>As this session counted it; for entries with an unknown outcome, the ledger may contain more by now.</summary>
    private PictifyOperation ReadRun(SessionRun run)
    {
        if (Ledger is not null && run.Operation().Unknown > 0)
        {
            try
            {
                _ = WaitFor(
                    Ledger.ReadAsync(new LedgerQuery { OperationId = run.Id }, run.Lines.AddSettled, StopToken)
                );
            }
            catch (LedgerException exception)
            {
                WriteWarning($"{exception.Message} The counts of this session are shown unchanged.");
            }
        }

        return run.Operation();
    }

    private IEnumerable<PictifyOperation> Find()
    {
        var reasons = Reason.Length == 0 ? null : new NamePattern(Reason);
        return ReadOperations(new LedgerQuery { Since = Since, Uids = Uid.Length == 0 ? null : Uid })
            .Where(operation => reasons is null || (operation.Reason is { } said && reasons.IsMatch(said)))
            .Take(First);
    }
}
