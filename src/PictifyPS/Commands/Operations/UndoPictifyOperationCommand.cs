using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Commands;

/// <summary>Undoes operations: restores the status that each experiment had before them, and the end that its pause had.</summary>
/// <remarks>
/// <para>All operations that are given, in any order, are undone together. For each experiment they must be the last changes in the ledger
/// that were not undone yet, and the service must still show the result of the last of them; the state before the first of them is
/// restored. Any other experiment is not changed, and is an error with the id UndoConflict and the reason. Changes whose outcome is unknown
/// are resolved first, by reading the service. An experiment whose change was already undone counts as success, so that the command is safe
/// to run twice; an operation together with its own undo changes nothing.</para>
/// <para>Pauses, resumes, changes of a pause's end, and undos can be undone. A first start cannot be undone (no API turns a running
/// experiment back into a draft), nor can Complete, Remove, New, Copy, Set or a call of Invoke-PictifyApi: for those, nothing is
/// sent.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyOperation -Last | Undo-PictifyOperation -Reason 'Wrong filter'</code>
/// <para>Resumes exactly what the last command paused.</para>
/// </example>
/// <example>
/// <code>Undo-PictifyOperation 20261123T072029123Z-9f2c41d7 -WhatIf</code>
/// <para>Lists which experiments would be restored, and which would not be changed.</para>
/// </example>
/// <seealso cref="GetPictifyOperationCommand"/>
/// <seealso cref="UpdatePictifyOperationCommand"/>
/// <seealso>about_PictifyPS_Ledger</seealso>
[Cmdlet(VerbsCommon.Undo, "PictifyOperation", SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class UndoPictifyOperationCommand : BulkCmdlet
{
    private readonly List<string> _ids = [];
    private readonly List<UndoPlan> _plans = [];
    private readonly ChangeCounts _counts = new();
    private ILedger _ledger = null!;

    /// <summary>The operations' ids, or operations from the pipeline; all of them are undone together.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(OperationCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <inheritdoc cref="ExperimentChangeCmdlet.Reason"/>
    [Parameter]
    [Text("Undo-PictifyOperation -Reason")]
    public string? Reason { get; set; }

    /// <inheritdoc cref="ExperimentChangeCmdlet.Ticket"/>
    [Parameter]
    [Text("Undo-PictifyOperation -Ticket")]
    public string? Ticket { get; set; }

    private protected override string Activity => "Undoing operations";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _ledger = Service.RequireLedger();
        _ = BeginRecord(Current, Reason, Ticket);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _ids.AddRange(Id);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var operations = new PictifyOperations(Current, Client, _ledger);
        string[] ids = new OtherConnections(this, Current).Refuse(_ledger, _ids, error => Run.SubmitError(error));
        using UndoSession undo = ReadLedger(operations.BeginUndoAsync(ids, record: !IsWhatIf, StopToken));
        foreach (string id in ids.Where(id => undo.Refused.ContainsKey(id)))
        {
            Run.SubmitError(
                undo.FindOperation(id) is { } operation
                    ? OperationErrors.NotUndoable(operation, undo.Refused[id])
                    : SessionOperation.NotFound(id, _ledger)
            );
        }

        // Every experiment is read first, so that -WhatIf and a prompt show what is really going to happen.
        foreach (string uid in undo.Uids)
        {
            Run.Submit(
                uid,
                uid,
                async token => (object?)await undo.PlanAsync(uid, token).ConfigureAwait(false) ?? this
            );
        }

        Run.Finish();
        if (ids.Length > 0 && _plans.Count + Run.Failed == 0)
        {
            WriteWarning("There is nothing to undo: these operations changed nothing.");
        }

        Run.Expected = _plans.Count + Run.Failed;
        foreach (UndoPlan plan in _plans)
        {
            Restore(undo, plan);
        }

        Run.Finish();
        Run.WriteSummary(_counts, "Restored", "restored already", "not restored");
        EndRecord();
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
        switch (result)
        {
            case UndoPlan plan:
                _plans.Add(plan);
                Run.Done--;
                break;
            case ExperimentChange change:
                _counts.Add(change.Changed);
                base.OnResult(change.Experiment);
                break;
            default:
                // The operations changed nothing there.
                Run.Done--;
                break;
        }
    }

    private void Restore(UndoSession undo, UndoPlan plan)
    {
        if (plan.Conflict is { } why)
        {
            ErrorRecord conflict = Failures.From(UndoSession.Conflict(why), plan.Entry, plan.Entry.ToString());
            Run.SubmitError(conflict, Record.NotStarted(UndoSession.Subject(Record.Operation, plan), conflict));
            return;
        }

        string action = $"{plan.Action}, before {string.Join(", ", plan.OperationIds)}{Record.Because}";
        Run.SubmitRecorded(
            new RecordedChange(
                plan.Entry,
                plan.Entry.ToString(),
                $"Experiment {plan.Entry} in {Current}",
                plan.NeedsNoRequest ? $"{action}: restored already, nothing to do" : action,
                () => UndoSession.Subject(Record.Operation, plan),
                async (entry, token) =>
                    (await undo.RestoreAsync(Record.Operation, plan, entry, token).ConfigureAwait(false)).EnsureDone()
            )
        );
    }
}
