using System.Management.Automation;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Gets what commands changed: one object for each run of a command, from the ledger.</summary>
/// <remarks>
/// <para>Each operation tells how many experiments it changed, found so already, could not change, and for how many it is not
/// known; who ran it, when, where and why. Its Entries say it for each experiment. The oldest comes first. The service is not
/// asked, and no connection is needed.</para>
/// <para>-Last is this session's last command that was to change something, even if it found nothing to do, so that a
/// scheduled job can trust it; in a session without one it is the last operation in the ledger. What this session ran is counted
/// as it runs, so that its numbers are right even if the ledger is off or could not be written.</para>
/// <para>Succeeded is true only if nothing failed, nothing is unknown, the command came to its end (EndedEarly), and, of what this
/// session ran, if it wrote no error (ErrorCount). EndedEarly is true if an error that ends a command, Ctrl+C or what stands
/// behind it in the pipeline stopped it, in a later session too; a process that was killed leaves what it had under way unknown.</para>
/// <para>A ledger that was named, by -LedgerPath or PICTIFY_LEDGER, has to exist, or the error LedgerNotFound says which does not.
/// Only -Last of a connection whose ledger has no line yet gives nothing.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyOperation -Since (Get-Date).AddDays(-1)</code>
/// <para>What was changed in the last day.</para>
/// </example>
/// <example>
/// <code>$ErrorActionPreference = 'Stop'; Suspend-PictifyExperiment -Name 'Hero*' -ErrorAction Continue; if (-not (Get-PictifyOperation -Last).Succeeded) { exit 1 }</code>
/// <para>Returns an exit code from a scheduled job: an error that ends a command, such as a refused key, ends the job, and the exit code
/// tells whether something failed, is unknown, or was not attempted.</para>
/// </example>
/// <example>
/// <code>Get-PictifyOperation -Reason '*freeze*' | ForEach-Object Entries | Where-Object Outcome -eq Changed</code>
/// <para>Every experiment that the operations of a freeze changed.</para>
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

    /// <summary>The last operation of this session; without one, of the ledger.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByLast)]
    public SwitchParameter Last { get; set; }

    /// <summary>Only operations that began then or later.</summary>
    [Parameter(ParameterSetName = Filtered)]
    public DateTimeOffset Since { get; set; }

    /// <summary>Only operations that took on one of these experiments.</summary>
    [Parameter(ParameterSetName = Filtered)]
    [ArgumentCompleter(typeof(UidCompleter))]
    [ValidateNotNullOrEmpty]
    [Text("Get-PictifyOperation -Uid")]
    public string[] Uid { get; set; } = [];

    /// <summary>Only operations with such a reason; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = Filtered)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Text("Get-PictifyOperation -Reason")]
    public string[] Reason { get; set; } = [];

    /// <summary>At most that many, 1 or more: the first ones in the order of the ledger, the oldest first.</summary>
    [Parameter(ParameterSetName = Filtered)]
    [ValidateRange(1, int.MaxValue)]
    public int First { get; set; } = int.MaxValue;

    /// <summary>A job that found nothing to change ends with -Last, and so does one under -WhatIf: that is no error.</summary>
    private protected override bool MayNotExist => ParameterSetName == ByLast;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Asked before the next command of this pipeline begins, which may be one that changes something.
        _lastOfSession = SessionOperation.Last;
        base.BeginProcessing();
    }

    /// <summary>What this session's last command came to is known also where it was not to be recorded.</summary>
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

    /// <summary>If this session has none, the last by its place in the ledger: ids of other machines may sort otherwise.</summary>
    private PictifyOperation? FindLast() =>
        _lastOfSession is { } last && last.Lines.Ledger == Ledger
            ? ReadRun(last)
            : ReadOperations(LedgerQuery.All).LastOrDefault();

    /// <summary>As this session counted it; of what it left open, the ledger may know more by now.</summary>
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
                WriteWarning($"{exception.Message} What this session counted stands.");
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
