using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>
/// A cmdlet that does the same to many inputs. Their work runs as tasks, a few at once, while input still arrives; results are written
/// on the pipeline thread, in the order of the input. Each input ends in one output or one error.
/// </summary>
public abstract class BulkCmdlet : ConnectedCmdlet
{
    /// <summary>The type name of an experiment that a change gave, by which views and types choose.</summary>
    private const string ChangedTypeName = "Pictify.Experiment#Change";

    private readonly ProgressBar _progress;
    private InputTasks? _tasks;
    private bool _isFinishing;

    private protected BulkCmdlet() => _progress = new ProgressBar(this, () => Activity, () => Current.Now);

    /// <summary>
    /// Requests under way at once, 1 to 64. Default 8. Results come in the order of the input, but later than it, with 1 too: the
    /// -PipelineVariable of a command before this one is some inputs further by then. 'ForEach-Object { $_ | Suspend-PictifyExperiment }'
    /// in this command's place, with its own name, keeps each result with its input, one at a time; about_PictifyPS_Bulk shows it.
    /// </summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 8;

    /// <summary>What the progress bar says is being done, such as <c>Suspending experiments</c>.</summary>
    private protected abstract string Activity { get; }

    /// <summary>False where a text that comes in is something else than a uid.</summary>
    private protected virtual bool TakesUids => true;

    /// <summary>How many inputs there are, where that is known.</summary>
    private protected int? Expected { get; set; }

    /// <summary>Inputs that ended in an output or an error; for a list, experiments that were read.</summary>
    private protected int Done { get; set; }

    private protected int Failed { get; private set; }

    /// <summary>Made once it is needed: PowerShell binds -ThrottleLimit after the constructor.</summary>
    private InputTasks Tasks =>
        _tasks ??= new InputTasks(
            ThrottleLimit,
            PipelineThread,
            WaitOnce,
            new InputHandlers(WriteResult, Fail, EndCommand),
            TakesUids,
            StopToken
        );

    /// <summary>
    /// Starts the work for one input as soon as fewer than -ThrottleLimit run, and writes meanwhile what is completed.
    /// </summary>
    /// <param name="target">The input, for errors.</param>
    /// <param name="subject">What an error's message calls it; null where the error names it already.</param>
    /// <param name="work">What to do; runs on any thread.</param>
    /// <param name="notAttempted">Records that nothing was sent, where an earlier answer showed that nothing can succeed.</param>
    private protected void Submit(
        object? target,
        string? subject,
        Func<CancellationToken, Task<object?>> work,
        Func<ErrorRecord, Task?>? notAttempted = null
    ) =>
        CancelOnException(() =>
        {
            PipelineThread.Flush();
            Tasks.Start(target, subject, work, notAttempted);
            RefreshProgress();
        });

    /// <summary>Confirms a change; then makes it and records it, or records that it was not attempted.</summary>
    private protected void SubmitRecorded(RecordedChange change)
    {
        if (!ShouldProcess(change.Resource, change.Action))
        {
            return;
        }

        LedgerEntry entry = change.Entry();
        Submit(
            change.Target,
            change.Subject,
            token => change.Run(entry, token),
            error => Record.NotStarted(entry, error)
        );
    }

    /// <summary>Reads single experiments; each is a result.</summary>
    private protected void SubmitReads(IEnumerable<string> uids)
    {
        foreach (string uid in uids)
        {
            if (ExperimentIdentity.Resolve(uid, Current, out ErrorRecord? error) is not { } experiment)
            {
                SubmitError(error!);
                continue;
            }

            Submit(
                uid,
                experiment.ToString(),
                async cancellationToken =>
                    await Client.GetAsync(experiment.Uid, cancellationToken).ConfigureAwait(false)
            );
        }
    }

    /// <summary>Enqueues the error of an input that no work is started for, so that it is written in the order of the input.</summary>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="recorded">Records it in the ledger.</param>
    private protected void SubmitError(ErrorRecord error, Task? recorded = null) =>
        CancelOnException(() =>
        {
            PipelineThread.Flush();
            Tasks.Enqueue(error, recorded);
            RefreshProgress();
        });

    /// <summary>Waits for the tasks that still run, and writes what they come to, in order.</summary>
    private protected void Finish()
    {
        _isFinishing = true;
        CancelOnException(() =>
        {
            PipelineThread.Flush();
            Tasks.HandleAll();
            CloseProgress();
        });
    }

    /// <summary>Writes one result. On the pipeline thread, in the order of the input.</summary>
    private protected virtual void OnResult(object? result)
    {
        if (result is Experiment experiment)
        {
            CompletionCache.Remember(Current, experiment);
            WriteWarnings(ExperimentReader.Warning(experiment) is { } warning ? [warning] : []);
        }

        if (result is Experiment { Change: not null } changed)
        {
            // The view of this type name shows the change; that of a list of experiments has no column for it.
            var shown = new PSObject(changed);
            shown.TypeNames.Insert(0, ChangedTypeName);
            WriteObject(shown);
        }
        else if (result is not null)
        {
            WriteObject(result);
        }
    }

    /// <summary>Writes an error for each operation of another connection of this session; gives those that are left.</summary>
    private protected string[] RefuseOthers(ILedger ledger, IReadOnlyCollection<string> operationIds)
    {
        var refused = new HashSet<string>(StringComparer.Ordinal);
        foreach (ErrorRecord other in OtherOperations(ledger, operationIds))
        {
            SubmitError(other);
            _ = refused.Add(((PictifyOperation)other.TargetObject).Id);
        }

        return [.. operationIds.Where(id => !refused.Contains(id))];
    }

    /// <summary>
    /// Writes the summary of the command's changes, where there were inputs: as a warning where one of several failed, else to the verbose
    /// and the information stream.
    /// </summary>
    private protected void WriteSummary(ChangeCounts counts, string done, string unchanged, string failed)
    {
        if (Done == 0)
        {
            return;
        }

        string summary = counts.Text(done, Done, unchanged, Failed, failed);
        if (Failed > 0 && Done > 1)
        {
            WriteWarning(summary);
        }
        else
        {
            WriteVerbose(summary);
            WriteInformation(summary, [nameof(PictifyPS)]);
        }
    }

    /// <summary>Writes the error that an input ended in; where -ErrorAction is Stop, it ends the command.</summary>
    private protected virtual void Fail(ErrorRecord error)
    {
        Done++;
        Failed++;
        if (!RunPreferences.EndsAtError(this))
        {
            WriteError(error);
            return;
        }

        // Nothing can be written after the error that ends the command.
        WarnOfRest();
        WriteError(error);
        ThrowTerminatingError(error);
    }

    /// <summary>
    /// Runs what writes. Ctrl+C, <c>Select-Object -First</c> and a downstream <c>throw</c> arrive as exceptions from writing: nothing more
    /// is started, what runs is canceled and waited for, and the exception is thrown again.
    /// </summary>
    private protected void CancelOnException(Action action)
    {
        try
        {
            action();
        }
        catch
        {
            Cancel();
            CloseProgress();
            WaitForTasks();
            throw;
        }
    }

    /// <inheritdoc/>
    private protected override void WaitForTasks() => _tasks?.WaitForAll();

    /// <inheritdoc/>
    private protected override int? NotAttempted(int recorded) =>
        Expected is { } count ? Math.Max(0, count - recorded) : null;

    /// <inheritdoc/>
    private protected override void OnWaiting(DateTimeOffset until)
    {
        if (_progress.SetWait(until))
        {
            base.OnWaiting(until);
        }
    }

    /// <inheritdoc/>
    private protected override void RefreshProgress() => _progress.Refresh(Done, Failed, Expected);

    /// <inheritdoc/>
    private protected override void CloseProgress() => _progress.Close();

    private void WriteResult(object? result)
    {
        Done++;
        OnResult(result);
    }

    private void EndCommand(ErrorRecord error)
    {
        CloseProgress();
        ThrowTerminatingError(error);
    }

    /// <summary>
    /// Cancels what runs, waits for it, and warns of what became of the other inputs: the error that ends the command is about one.
    /// </summary>
    private void WarnOfRest()
    {
        Cancel();
        RestOfInputs rest = Tasks.WaitForAll();
        int notAttempted = rest.Canceled + Math.Max(0, (Expected ?? 0) - Tasks.Count);
        bool mayArrive = !_isFinishing && Expected is null && MyInvocation.ExpectingInput;
        if (rest.Done + notAttempted + rest.Failed == 0 && !mayArrive)
        {
            return;
        }

        WriteWarning(
            $"The first error ended the command, because -ErrorAction or $ErrorActionPreference is Stop. {Done - Failed + rest.Done} were done"
                + (rest.Done > 0 ? $" ({rest.Done} of them are not shown)" : "")
                + $", {Failed + rest.Failed} failed, and {notAttempted} were not attempted"
                + (mayArrive ? ", nor was what the pipeline had still to bring" : "")
                + ". With '-ErrorAction Continue' one error does not keep the rest from being done."
        );
    }
}
