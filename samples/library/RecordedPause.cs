using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;

namespace Samples;

/// <summary>Recorded changes, undo and the end of a pause with the library alone, without PowerShell.</summary>
public static class RecordedPause
{
    /// <summary>Pauses two experiments, undoes one pause by its operation, and ends the other pause when it is due.</summary>
    public static async Task RunAsync(PictifyConnection connection, ILedger ledger, string first, string second)
    {
        var client = new PictifyClient(connection);
        var operations = new PictifyOperations(connection, ledger);

        OperationRun freeze = operations.Begin("nightly-job", reason: "Wrong picture");
        await PauseAsync(freeze, client, first, until: null);

        OperationRun deploy = operations.Begin("nightly-job", reason: "Deployment");
        await PauseAsync(deploy, client, second, until: DateTime.Now);

        OperationRun undo = operations.Begin("nightly-job", reason: "The picture was right");
        using UndoSession session = await operations.BeginUndoAsync([freeze.Operation.Id]);
        foreach (string uid in session.Uids)
        {
            if (await session.PlanAsync(uid) is { } plan)
            {
                (await session.RestoreAsync(undo, plan)).EnsureDone();
            }
        }

        OperationRun end = operations.Begin("nightly-job");
        using DueSession due = await operations.BeginDueAsync();
        foreach (DuePause pause in due.Pauses)
        {
            DueResult result = await due.EndAsync(end, pause, DueSession.Subject(end, pause));
            result.Change?.EnsureDone();
        }
    }

    private static async Task PauseAsync(OperationRun run, PictifyClient client, string uid, DateTime? until)
    {
        LedgerEntry entry = run.NewEntry() with
        {
            Change = ChangeKind.Pause,
            Uid = uid,
            AfterText = "paused",
            Until = until,
        };
        (await run.RunAsync(entry, token => client.PauseAsync(uid, null, token))).EnsureDone();
    }
}
