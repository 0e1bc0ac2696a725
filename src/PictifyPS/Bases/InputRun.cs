using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>
/// The run of a command over many inputs. Their work runs as tasks, a few at once, while input still arrives; results and errors are passed
/// to the cmdlet on the pipeline thread, in the order of the input. Counts them, and shows the progress.
/// </summary>
internal sealed class InputRun
{
    /// <summary>The type name of an experiment that a change returned; it selects the view.</summary>
    private const string ChangedTypeName = "Pictify.Experiment#Change";

    private readonly PictifyCmdlet _cmdlet;
    private readonly ServiceAccess _service;
    private readonly Func<int> _limit;
    private readonly Action<object?> _onResult;
    private readonly Action<ErrorRecord> _onError;
    private readonly ProgressBar _progress;
    private InputTasks? _tasks;
    private bool _isFinishing;

    /// <param name="cmdlet">The cmdlet that waits and writes.</param>
    /// <param name="service">The cmdlet's access to Pictify.</param>
    /// <param name="activity">The activity that the progress bar shows, such as <c>Suspending experiments</c>.</param>
    /// <param name="limit">Its -ThrottleLimit, which PowerShell binds after the constructor.</param>
    /// <param name="onResult">Takes each result; most cmdlets call <see cref="Write"/>.</param>
    /// <param name="onError">Takes the error of each input that failed; <see cref="Fail"/> if it is not given.</param>
    public InputRun(
        PictifyCmdlet cmdlet,
        ServiceAccess service,
        Func<string> activity,
        Func<int> limit,
        Action<object?> onResult,
        Action<ErrorRecord>? onError = null
    )
    {
        _cmdlet = cmdlet;
        _service = service;
        _limit = limit;
        _onResult = onResult;
        _onError = onError ?? Fail;
        _progress = new ProgressBar(cmdlet, activity, () => service.Current.Now);
        service.NoteWait = _progress.SetWait;
        service.RequestLimit = limit;
    }

    /// <summary>False if a text in the input is not a uid. Set before the first input.</summary>
    public bool TakesUids { get; set; } = true;

    /// <summary>How many inputs there are, if that is known.</summary>
    public int? Expected { get; set; }

    /// <summary>Inputs that resulted in an output or an error; for a list, experiments that were read.</summary>
    public int Done { get; set; }

    public int Failed { get; private set; }

    private InputTasks Tasks =>
        _tasks ??= new InputTasks(
            _limit(),
            _cmdlet.PipelineThread,
            _cmdlet.WaitOnce,
            new InputHandlers(OnResult, _onError, EndCommand),
            TakesUids,
            _cmdlet.StopToken
        );

    /// <summary>
    /// Starts the work for one input as soon as fewer than -ThrottleLimit run; meanwhile, passes on completed results.
    /// </summary>
    /// <param name="target">The input, for errors.</param>
    /// <param name="label">The name for it in an error's message; null if the error names it already.</param>
    /// <param name="work">What to do; runs on any thread.</param>
    /// <param name="notAttempted">Records that nothing was sent, if an earlier answer showed that nothing can succeed.</param>
    public void Submit(
        object? target,
        string? label,
        Func<CancellationToken, Task<object?>> work,
        Func<ErrorRecord, Task?>? notAttempted = null
    ) =>
        CancelOnException(() =>
        {
            _cmdlet.PipelineThread.Flush();
            Tasks.Start(target, label, work, notAttempted);
            RefreshProgress();
        });

    /// <summary>Confirms a change; then makes it and records it, or records that it was not attempted.</summary>
    public void SubmitRecorded(RecordedChange change)
    {
        if (!_cmdlet.ShouldProcess(change.Resource, change.Action))
        {
            return;
        }

        RecordedRun record = _cmdlet.Record;
        LedgerEntry entry = change.Entry();
        Submit(
            change.Target,
            change.Label,
            token => change.Run(entry, token),
            error => record.NotStarted(entry, error)
        );
    }

    /// <summary>Reads single experiments; each is a result.</summary>
    public void SubmitReads(IEnumerable<string> uids)
    {
        foreach (string uid in uids)
        {
            if (ExperimentIdentity.Resolve(uid, _service.Current, out ErrorRecord? error) is not { } experiment)
            {
                SubmitError(error!);
                continue;
            }

            Submit(
                uid,
                experiment.ToString(),
                async cancellationToken =>
                    await _service.Client.GetAsync(experiment.Uid, cancellationToken).ConfigureAwait(false)
            );
        }
    }

    /// <summary>Enqueues the error of an input that no work is started for, so that it is written in the order of the input.</summary>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="recorded">Records it in the ledger.</param>
    public void SubmitError(ErrorRecord error, Task? recorded = null) =>
        CancelOnException(() =>
        {
            _cmdlet.PipelineThread.Flush();
            Tasks.Enqueue(error, recorded);
            RefreshProgress();
        });

    /// <summary>Waits for the tasks that still run, and passes on their results, in order.</summary>
    public void Finish()
    {
        _isFinishing = true;
        CancelOnException(() =>
        {
            _cmdlet.PipelineThread.Flush();
            Tasks.HandleAll();
            CloseProgress();
        });
    }

    /// <summary>Writes one result. On the pipeline thread.</summary>
    public void Write(object? result)
    {
        if (result is Experiment experiment)
        {
            CompletionCache.Remember(_service.Current, experiment);
            _cmdlet.WriteWarnings(ExperimentReader.Warning(experiment) is { } warning ? [warning] : []);
        }

        if (result is Experiment { Change: not null } changed)
        {
            // The view of this type name shows the change; the view of a list of experiments has no column for it.
            var shown = new PSObject(changed);
            shown.TypeNames.Insert(0, ChangedTypeName);
            _cmdlet.WriteObject(shown);
        }
        else if (result is not null)
        {
            _cmdlet.WriteObject(result);
        }
    }

    /// <summary>
    /// Writes the summary of the command's changes, if there were inputs: as a warning if one of several failed, else to the verbose
    /// and the information stream.
    /// </summary>
    public void WriteSummary(ChangeCounts counts, string done, string unchanged, string failed)
    {
        if (Done == 0)
        {
            return;
        }

        string summary = counts.Text(done, Done, unchanged, Failed, failed);
        if (Failed > 0 && Done > 1)
        {
            _cmdlet.WriteWarning(summary);
        }
        else
        {
            _cmdlet.WriteVerbose(summary);
            _cmdlet.WriteInformation(summary, [nameof(PictifyPS)]);
        }
    }

    /// <summary>Writes the error of an input; if -ErrorAction is Stop, it ends the command.</summary>
    public void Fail(ErrorRecord error)
    {
        Done++;
        Failed++;
        if (!RunPreferences.EndsAtError(_cmdlet))
        {
            _cmdlet.WriteError(error);
            return;
        }

        // Nothing can be written after the error that ends the command.
        WarnOfRest();
        _cmdlet.WriteError(error);
        _cmdlet.ThrowTerminatingError(error);
    }

    /// <summary>
    /// Runs an action that writes. Ctrl+C, <c>Select-Object -First</c> and a downstream <c>throw</c> arrive as exceptions from writing:
    /// nothing more is started, running tasks are canceled and waited for, and the exception is thrown again.
    /// </summary>
    public void CancelOnException(Action action)
    {
        try
        {
            action();
        }
        catch
        {
            _cmdlet.Cancel();
            CloseProgress();
            WaitForTasks();
            throw;
        }
    }

    /// <summary>Called about five times a second while the pipeline thread waits.</summary>
    public void RefreshProgress() => _progress.Refresh(Done, Failed, Expected);

    /// <summary>Closes the progress bar; does not throw.</summary>
    public void CloseProgress() => _progress.Close();

    /// <summary>Waits for every task that was started; does not throw.</summary>
    public void WaitForTasks() => _tasks?.WaitForAll();

    /// <summary>The number of inputs that were not attempted; null if that is not known.</summary>
    /// <param name="recorded">How many the record contains.</param>
    public int? NotAttempted(int recorded) => Expected is { } count ? Math.Max(0, count - recorded) : null;

    private void OnResult(object? result)
    {
        Done++;
        _onResult(result);
    }

    private void EndCommand(ErrorRecord error)
    {
        CloseProgress();
        _cmdlet.ThrowTerminatingError(error);
    }

    /// <summary>
    /// Cancels the running tasks, waits for them, and warns about the other inputs: the error that ends the command is about one input
    /// only.
    /// </summary>
    private void WarnOfRest()
    {
        _cmdlet.Cancel();
        RestOfInputs rest = Tasks.WaitForAll();
        int notAttempted = rest.Canceled + Math.Max(0, (Expected ?? 0) - Tasks.Count);
        bool mayArrive = !_isFinishing && Expected is null && _cmdlet.MyInvocation.ExpectingInput;
        if (rest.Done + notAttempted + rest.Failed == 0 && !mayArrive)
        {
            return;
        }

        _cmdlet.WriteWarning(
            $"The first error ended the command, because -ErrorAction or $ErrorActionPreference is Stop. {Done - Failed + rest.Done} were done"
                + (rest.Done > 0 ? $" ({rest.Done} of them are not shown)" : "")
                + $", {Failed + rest.Failed} failed, and {notAttempted} were not attempted"
                + (mayArrive ? ", nor was the rest of the pipeline's input" : "")
                + ". With '-ErrorAction Continue' the rest is done even if one input has an error."
        );
    }
}
