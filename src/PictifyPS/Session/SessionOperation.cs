using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using Pictify.Ledger;
using PictifyPS.Errors;

namespace PictifyPS.Session;

/// <summary>The last command of each runspace that was to change something, for Get-PictifyOperation -Last.</summary>
internal static class SessionOperation
{
    /// <summary>Earlier runs are kept only to report why the ledger does not contain them.</summary>
    private const int Kept = 64;

    private static readonly ConditionalWeakTable<Runspace, List<SessionRun>> _runs = new();

    public static void Begin(SessionRun run)
    {
        List<SessionRun> runs = _runs.GetOrCreateValue(Runspace.DefaultRunspace);
        if (runs.Count == Kept)
        {
            runs.RemoveAt(0);
        }

        runs.Add(run);
    }

    /// <summary>Null if no command of this runspace was to change something.</summary>
    public static SessionRun? Last => Runs is [.., var run] ? run : null;

    /// <summary>The run of this runspace with this id; null if it is not kept any more.</summary>
    public static SessionRun? Find(string id) => Runs?.Find(run => run.Id == id);

    /// <summary>
    /// The error for an operation that is not in a ledger: Get-PictifyOperation -Last gives a run of this session even if the ledger does
    /// not contain it.
    /// </summary>
    public static ErrorRecord NotFound(string id, ILedger ledger) =>
        Find(id) is { Lines.HasRecorded: false } run
            ? OperationErrors.NothingRecorded(run.Operation(), run.Lines.Ledger)
            : OperationErrors.OperationNotFound(id, ledger);

    private static List<SessionRun>? Runs =>
        Runspace.DefaultRunspace is { } runspace && _runs.TryGetValue(runspace, out List<SessionRun>? runs)
            ? runs
            : null;
}

/// <summary>
/// One run of a command, counted here: a job's exit code has to be right even if nothing could be recorded.
/// </summary>
/// <param name="begun">Its operation, with nothing counted yet.</param>
/// <param name="lines">What it had to record.</param>
internal sealed class SessionRun(PictifyOperation begun, CountedLedger lines)
{
    private int _errors;

    public string Id => begun.Id;

    public CountedLedger Lines => lines;

    /// <summary>Counts an error that the command wrote.</summary>
    public void AddError() => _errors++;

    /// <summary>Whether the command completed.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Notes that the command completed.</summary>
    public void End() => HasEnded = true;

    public PictifyOperation Operation() =>
        (lines.Operation() ?? begun with { Ledger = lines.Ledger }) with
        {
            ErrorCount = _errors,
            EndedEarly = !HasEnded,
        };
}
