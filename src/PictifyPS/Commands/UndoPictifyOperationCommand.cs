using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Pipeline;

namespace PictifyPS.Commands;

/// <summary>Takes an operation back: restores the status that each experiment had before it.</summary>
/// <remarks>
/// <para>Only experiments that the operation changed are touched, and only where the service still shows the status that it left
/// and no later operation in the ledger changed them. Everything else is left alone, and is an error with the id UndoConflict that
/// says why. What the operation left open is settled first, by reading the service. An experiment that was taken back already
/// counts as success, so that the command is safe to run twice.</para>
/// <para>Pauses and resumes can be undone, and an undo too. A first start cannot (no API makes a draft of a running experiment),
/// nor can Complete, Remove, New, Copy, Set or a call of Invoke-PictifyApi: for those, nothing is sent.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyOperation -Last | Undo-PictifyOperation -Reason 'Wrong filter'</code>
/// <para>Resumes exactly what the last command paused.</para>
/// </example>
/// <example>
/// <code>Undo-PictifyOperation 20261123T072029123Z-9f2c41d7 -WhatIf</code>
/// <para>Lists what would be restored, and what would be left alone.</para>
/// </example>
[Cmdlet(VerbsCommon.Undo, "PictifyOperation", SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class UndoPictifyOperationCommand : BulkCmdlet
{
    private PictifyLedger _ledger = null!;
    private Settler _settler = null!;
    private OperationRecord _record = null!;
    private readonly List<Plan> _plans = [];
    private bool _isWhatIf;
    private int _changed;
    private int _unchanged;

    /// <summary>The operations' ids, or operations from the pipeline.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(OperationCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Why, for the ledger. A connection that was made with -RequireReason refuses changes without one.</summary>
    [Parameter]
    public string? Reason { get; set; }

    /// <summary>The ticket that asks for it or explains it, for the ledger.</summary>
    [Parameter]
    public string? Ticket { get; set; }

    private protected override string Activity => "Undoing operations";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _ledger = RequireLedger();
        _isWhatIf = IsWhatIf;
        _settler = new Settler(Client, Current, _ledger, _isWhatIf);
        _record = BeginRecord(Reason, Ticket);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string id in Id)
        {
            if (ReadLedger(_ledger.FindOperationAsync(id, StopToken)) is not { } operation)
            {
                SubmitError(Errors.OperationNotFound(id, _ledger));
            }
            else if (WhyNot(operation) is { } why)
            {
                SubmitError(Errors.NotUndoable(operation, why));
            }
            else
            {
                Inspect(operation);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // First every experiment is looked at, so that -WhatIf and a prompt tell what is really going to happen.
        Finish();
        Expected = _plans.Count + Failed;
        foreach (Plan plan in _plans)
        {
            Restore(plan);
        }

        Finish();
        Summarize();
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
        switch (result)
        {
            case Plan plan:
                _plans.Add(plan);
                Done--;
                break;
            case ExperimentChange change:
                _changed += change.Changed ? 1 : 0;
                _unchanged += change.Changed ? 0 : 1;
                base.OnResult(change.Experiment);
                break;
            default:
                // The operation did not get as far as this experiment: there is nothing to take back.
                Done--;
                break;
        }
    }

    private string? WhyNot(PictifyOperation operation) =>
        operation.Command switch
        {
            "Complete-PictifyExperiment" => "completing is final",
            "Remove-PictifyExperiment" => "no API brings a removed experiment back",
            "New-PictifyExperiment" or "Copy-PictifyExperiment" =>
                "it created experiments, which Remove-PictifyExperiment removes",
            "Set-PictifyExperiment" => "the fields' earlier values are not recorded",
            "Send-PictifyEvent" => "events cannot be taken back",
            "Invoke-PictifyApi" => "what the call did is not known here",
            _ when ReadLedger(_ledger.EntriesOfAsync(operation.Id, StopToken)) is [var first, ..]
                    && !Ledgers.IsHere(first, Current) =>
                $"it was at {first.BaseUrl}, and this connection leads to {Current.BaseUri}",
            _ => null,
        };

    private void Inspect(PictifyOperation operation)
    {
        Dictionary<string, LedgerEntry> touched = ReadLedger(
            Task.Run(() =>
                new LedgerHistory(_ledger, entry => Ledgers.IsHere(entry, Current)).TouchedAfter(operation.Id)
            )
        );
        foreach (LedgerEntry entry in ReadLedger(_ledger.EntriesOfAsync(operation.Id, StopToken)))
        {
            if (entry is { Outcome: ChangeOutcome.Changed or ChangeOutcome.Unknown, Uid: { } uid })
            {
                LedgerEntry? later = touched.TryGetValue(uid, out LedgerEntry? touch) ? touch : null;
                Submit(entry, entry.ToString(), token => InspectAsync(operation, entry, later, token));
            }
        }
    }

    /// <summary>A plan for one experiment; null where there is nothing to take back. A conflict is recorded.</summary>
    private async Task<object?> InspectAsync(
        PictifyOperation operation,
        LedgerEntry entry,
        LedgerEntry? later,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await PlanAsync(operation, entry, later, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ItemException or PictifyException && !_isWhatIf)
        {
            await _record
                .NotStartedAsync(Subject(entry, operation.Id), Errors.From(exception, null).FullyQualifiedErrorId)
                .ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Plan?> PlanAsync(
        PictifyOperation operation,
        LedgerEntry entry,
        LedgerEntry? later,
        CancellationToken cancellationToken
    )
    {
        if (later is not null && later.Undoes != operation.Id)
        {
            throw Errors.UndoConflict(
                $"operation {later.OperationId} ({later.Command}) changed it after this one, or may have"
            );
        }

        LedgerEntry settled =
            entry.Outcome == ChangeOutcome.Changed
                ? entry
                : await _settler.SettleAsync(entry, cancellationToken).ConfigureAwait(false)
                    ?? throw Errors.UndoConflict("it is not known what the operation did to it");
        if (settled.Outcome != ChangeOutcome.Changed)
        {
            return null;
        }

        ExperimentStatus before = settled.Before;
        bool wasPaused = settled.After == ExperimentStatus.Paused && before == ExperimentStatus.Running;
        bool wasResumed =
            settled.After is ExperimentStatus.Running or ExperimentStatus.Rendering
            && before == ExperimentStatus.Paused;
        if (!wasPaused && !wasResumed)
        {
            throw Errors.UndoConflict(
                before == ExperimentStatus.Draft
                    ? "it was a draft before, and nothing becomes a draft again"
                    : $"it was '{SafeText.Clean(settled.BeforeText ?? "unknown")}' before, and no way leads back"
            );
        }

        Experiment present = await Client.GetAsync(entry.Uid!, cancellationToken).ConfigureAwait(false);
        bool isRestored = present.Status == before;
        bool isAsLeft = present.Status == settled.After || (wasResumed && present.Status == ExperimentStatus.Running);
        if (!isRestored && !isAsLeft)
        {
            throw Errors.UndoConflict(
                $"the operation left it '{SafeText.Clean(settled.AfterText)}', and it is '{SafeText.Clean(present.StatusText)}' now"
            );
        }

        if (!isRestored && later is { Outcome: ChangeOutcome.Changed })
        {
            throw Errors.UndoConflict(
                $"operation {later.OperationId} took it back already, and it is '{SafeText.Clean(present.StatusText)}' again"
            );
        }

        return new Plan(operation.Id, entry, present, before, isRestored);
    }

    private void Restore(Plan plan)
    {
        string action = $"Restore '{ApiName.Of(plan.Before)}' of operation {plan.OperationId}";
        if (!ShouldProcess($"Experiment {plan.Entry} in {Current}", action))
        {
            return;
        }

        LedgerEntry subject = Subject(plan.Entry, plan.OperationId) with
        {
            BeforeText = plan.Present.StatusText,
            AfterText = ApiName.Of(plan.Before),
        };
        Submit(
            plan.Entry,
            plan.Entry.ToString(),
            async cancellationToken =>
                await _record
                    .RunAsync(subject, token => RestoreAsync(plan, token), OperationRecord.Outcome, cancellationToken)
                    .ConfigureAwait(false),
            errorId => _record.NotStartedAsync(subject, errorId)
        );
    }

    private Task<ExperimentChange> RestoreAsync(Plan plan, CancellationToken cancellationToken) =>
        plan.IsRestored ? Task.FromResult(new ExperimentChange(plan.Present, plan.Before, Changed: false))
        : plan.Before == ExperimentStatus.Running
            ? Client.ResumeAsync(plan.Present.Uid, plan.Present, cancellationToken)
        : Client.PauseAsync(plan.Present.Uid, plan.Present, cancellationToken);

    private LedgerEntry Subject(LedgerEntry entry, string operationId) =>
        _record.NewEntry() with
        {
            Uid = entry.Uid,
            Name = entry.Name,
            Slug = entry.Slug,
            Undoes = operationId,
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
            rest.Add($"{_unchanged} restored already");
        }

        if (Failed > 0)
        {
            rest.Add($"{Failed} not restored");
        }

        Say($"Restored {_changed} of {Done}{(rest.Count > 0 ? ": " + string.Join(", ", rest) : "")}.");
    }

    private sealed record Plan(
        string OperationId,
        LedgerEntry Entry,
        Experiment Present,
        ExperimentStatus Before,
        bool IsRestored
    );
}
