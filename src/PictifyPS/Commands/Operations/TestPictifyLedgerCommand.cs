using System.Management.Automation;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Input;

namespace PictifyPS.Commands;

/// <summary>Tests whether every line of the ledger is present, in its order, and unchanged.</summary>
/// <remarks>
/// <para>The lines are chained by hashes: one that was edited, removed, moved or copied is found and named. Lines that are incomplete,
/// because a process was killed while it wrote them, are counted as torn, and are no sign of tampering. A chain cannot show that the end of
/// a ledger was cut off: keep LastHash in another place, and test it later with -Contains.</para>
/// </remarks>
/// <example>
/// <code>Test-PictifyLedger</code>
/// <para>Tests this session's ledger, and lists the problems.</para>
/// </example>
/// <example>
/// <code>if (-not (Test-PictifyLedger -LedgerPath ./ledger.jsonl -Contains $hash).IsValid) { exit 1 }</code>
/// <para>Ends a job if the ledger was tampered with, or its end was cut off.</para>
/// </example>
/// <seealso cref="GetPictifyOperationCommand"/>
/// <seealso cref="UpdatePictifyOperationCommand"/>
/// <seealso>about_PictifyPS_Ledger</seealso>
[Cmdlet(VerbsDiagnostic.Test, "PictifyLedger")]
[OutputType(typeof(LedgerReport))]
public sealed class TestPictifyLedgerCommand : LedgerCmdlet
{
    /// <summary>The LastHash of an earlier test, which must still be in the ledger: 64 hex digits.</summary>
    [Parameter]
    [ValidatePattern("^[0-9a-fA-F]{64}$")]
    [Text("Test-PictifyLedger -Contains", ReplacesInput = true)]
    public string? Contains { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() =>
        WriteObject(ReadLedger(Ledger!.VerifyAsync(Contains?.ToLowerInvariant(), StopToken)));
}
