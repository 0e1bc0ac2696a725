using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>
/// A cmdlet that does the same to many: work runs as tasks, a few at once, while input still arrives; results are written
/// on the pipeline thread, in the order of the input. Each input ends in one output or one error.
/// </summary>
public abstract class BulkCmdlet : ConnectedCmdlet
{
    /// <summary>
    /// Results that may wait for an earlier one that is slow. It bounds memory: beyond it, input is held back.
    /// </summary>
    private const int WindowLimit = 256;

    /// <summary>What PowerShell calls the type of an experiment that came out of a change, as the views and types have it.</summary>
    private const string ChangedTypeName = "Pictify.Experiment#Change";

    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _refresh = TimeSpan.FromMilliseconds(200);

    private readonly Queue<Work> _window = new();
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private TimeSpan _lastProgress;
    private static long _lastSource;
    private readonly long _source = Interlocked.Decrement(ref _lastSource);
    private readonly FailureRun _failures = new();
    private bool _showedProgress;
    private bool _isProgressWanted;
    private DateTimeOffset? _waitingUntil;
    private int _running;
    private PictifyException? _refused;
    private int _submitted;
    private bool _isFinishing;

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

    /// <summary>Why no further input can succeed; null while one may.</summary>
    private PictifyException? WhyNot => _refused ?? _failures.Cause;

    /// <summary>How many inputs there are, where that is known.</summary>
    private protected int? Expected { get; set; }

    /// <summary>Inputs that are through, or for a list experiments that came.</summary>
    private protected int Done { get; set; }

    private protected int Failed { get; private set; }

    /// <summary>
    /// Starts the work for one input as soon as there is room, and writes what is ready meanwhile.
    /// </summary>
    /// <param name="target">The input, for errors.</param>
    /// <param name="subject">What an error's message calls it; null where the error names it already.</param>
    /// <param name="work">What to do; runs on any thread.</param>
    /// <param name="notAttempted">Records that nothing was sent, where an earlier answer forbids it.</param>
    private protected void Submit(
        object? target,
        string? subject,
        Func<CancellationToken, Task<object?>> work,
        Func<string, Task>? notAttempted = null
    )
    {
        Guarded(() =>
        {
            WriteReady();
            while (WhyNot is null && (Volatile.Read(ref _running) >= ThrottleLimit || _window.Count >= WindowLimit))
            {
                Pause();
                WriteReady();
            }

            _submitted++;
            if (WhyNot is { } refused)
            {
                ErrorRecord error = Failures.NotAttempted(target, subject, refused.Message);
                Enqueue(
                    new Work(target, null, WithoutResult(notAttempted?.Invoke(error.FullyQualifiedErrorId)), error)
                );
                WriteReady();
                return;
            }

            Interlocked.Increment(ref _running);
            Enqueue(new Work(target, subject, Task.Run(() => RunAsync(work))));
        });
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

    /// <summary>Reports an input that nothing can be done for, in its place among the results.</summary>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="recorded">Its entry in the ledger.</param>
    private protected void SubmitError(ErrorRecord error, Task? recorded = null)
    {
        _submitted++;
        Guarded(() =>
        {
            Enqueue(new Work(error.TargetObject, null, WithoutResult(recorded), error));
            WriteReady();
        });
    }

    /// <summary>Writes everything that is still under way, in order.</summary>
    private protected void Finish()
    {
        _isFinishing = true;
        Guarded(() =>
        {
            WriteReady();
            while (_window.Count > 0)
            {
                Pause();
                WriteReady();
            }

            CloseProgress();
        });
    }

    /// <summary>Writes one result. On the pipeline thread, in input order.</summary>
    private protected virtual void OnResult(object? result)
    {
        if (result is Experiment experiment)
        {
            CompletionCache.Remember(Current, experiment);
            WriteWarnings(ExperimentReader.Warning(experiment) is { } warning ? [warning] : []);
        }

        if (result is Experiment { Change: not null } changed)
        {
            // The view of what came out of a change shows the change; a list of experiments has no column for it.
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

    /// <summary>Sums the command up: a warning where something in a batch failed, else for those who ask.</summary>
    private protected void Say(string summary)
    {
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

    /// <summary>Reports an input that ended in an error.</summary>
    private protected virtual void Fail(ErrorRecord error)
    {
        Done++;
        Failed++;
        if (!ErrorsEndIt)
        {
            WriteError(error);
            return;
        }

        // Nothing can be written after the error that ends the command.
        WarnOfRest();
        WriteError(error);
        ThrowTerminatingError(error);
    }

    /// <inheritdoc/>
    private protected override void WaitForTasks()
    {
        foreach (Work work in _window)
        {
            ((IAsyncResult)work.Task).AsyncWaitHandle.WaitOne();
            _ = work.Task.Exception;
        }

        _window.Clear();
    }

    /// <inheritdoc/>
    private protected override int? NotAttempted(int recorded) =>
        Expected is { } count ? Math.Max(0, count - recorded) : null;

    /// <inheritdoc/>
    private protected override void OnWaiting(DateTimeOffset until)
    {
        if (_waitingUntil != until)
        {
            _waitingUntil = until;
            base.OnWaiting(until);
        }
    }

    /// <inheritdoc/>
    private protected override void Tick()
    {
        TimeSpan elapsed = _elapsed.Elapsed;
        if (elapsed < _quiet || elapsed - _lastProgress < _refresh)
        {
            return;
        }

        _lastProgress = elapsed;
        _isProgressWanted = _showedProgress ? _isProgressWanted : IsProgressWanted();
        _showedProgress = true;
        DateTimeOffset? until = _waitingUntil is { } end && end > Current.Now ? end : null;
        string done = Expected is { } total ? $"{Done} of {total}" : $"{Done} done";
        string pace = (Done / elapsed.TotalSeconds).ToString("0.#", CultureInfo.CurrentCulture);

        // In the status, and not as the current operation, which PowerShell 7 does not show. While nothing may be sent there is no
        // pace, and one of 0 would look as if nothing worked.
        string status =
            until is not null ? $"{WaitText(until.Value)} ({done}, {Failed} failed)"
            : pace == "0" ? $"{done}, {Failed} failed"
            : $"{done}, {pace}/s, {Failed} failed";
        var progress = new ProgressRecord(0, Activity, status)
        {
            PercentComplete = Expected is > 0 and var count ? Math.Min(100, Done * 100 / count) : -1,
        };
        if (until is not null)
        {
            progress.SecondsRemaining = (int)Math.Ceiling((until.Value - Current.Now).TotalSeconds);
        }

        // Under a number of our own, by which the host can be told to close it also where the pipeline is stopping.
        CommandRuntime.WriteProgress(_source, progress);
    }

    private void Enqueue(Work work)
    {
        _window.Enqueue(work);
        Thread.WakeAfter(work.Task);
    }

    private static async Task<object?> WithoutResult(Task? task)
    {
        if (task is not null)
        {
            await task.ConfigureAwait(false);
        }

        return null;
    }

    private async Task<object?> RunAsync(Func<CancellationToken, Task<object?>> work)
    {
        try
        {
            object? result = await work(StopToken).ConfigureAwait(false);
            _failures.Note(null);
            return result;
        }
        catch (Exception exception)
        {
            _failures.Note(exception);
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>
    /// Ctrl+C, <c>Select-Object -First</c> and a downstream <c>throw</c> arrive as exceptions from writing: start nothing
    /// more, close the progress bar, wait for what is under way, and let them go on.
    /// </summary>
    private protected void Guarded(Action action)
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

    /// <summary>True where an error of one input ends the command, by -ErrorAction or $ErrorActionPreference.</summary>
    private bool ErrorsEndIt =>
        LanguagePrimitives.TryConvertTo(
            MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? given)
                ? given
                : SessionState.PSVariable.GetValue("ErrorActionPreference"),
            out ActionPreference preference
        )
        && preference == ActionPreference.Stop;

    /// <summary>
    /// Starts nothing more, waits for what is under way, and says what became of the rest: the error that ends the command is about
    /// one input.
    /// </summary>
    private void WarnOfRest()
    {
        Cancel();
        Work[] rest = [.. _window];
        WaitForTasks();
        int done = rest.Count(static work => work.Error is null && work.Task.Status == TaskStatus.RanToCompletion);
        int canceled = rest.Count(static work => work.Task.IsCanceled);
        int failed = rest.Length - done - canceled;
        int notAttempted = canceled + Math.Max(0, (Expected ?? 0) - _submitted);
        bool mayCome = !_isFinishing && Expected is null && MyInvocation.ExpectingInput;
        if (done + notAttempted + failed == 0 && !mayCome)
        {
            return;
        }

        WriteWarning(
            $"The first error ended the command, because -ErrorAction or $ErrorActionPreference is Stop. {Done - Failed + done} were done"
                + (done > 0 ? $" ({done} of them are not shown)" : "")
                + $", {Failed + failed} failed, and {notAttempted} were not attempted"
                + (mayCome ? ", nor was what the pipeline had still to bring" : "")
                + ". With '-ErrorAction Continue' one error does not keep the rest from being done."
        );
    }

    private void WriteReady()
    {
        Thread.Drain();
        while (_window.Count > 0 && _window.Peek().Task.IsCompleted)
        {
            Write(_window.Dequeue());
        }

        Tick();
    }

    private void Write(Work work)
    {
        if (work.Error is { } error)
        {
            Fail(error);
            return;
        }

        Exception failure;
        try
        {
            object? result = work.Task.GetAwaiter().GetResult();
            Done++;
            OnResult(result);
            return;
        }
        catch (Exception exception) when (work.Task.IsFaulted || work.Task.IsCanceled)
        {
            failure = exception;
        }

        if (failure is OperationCanceledException && StopToken.IsCancellationRequested)
        {
            // Not started, and the pipeline is going down: there is nobody to tell.
            return;
        }

        if (failure is PictifyException { IsFatal: true } fatal)
        {
            OnFatal(work, fatal);
            return;
        }

        Fail(Failures.From(failure, work.Target, work.Subject, TakesUids));
    }

    /// <summary>
    /// One refusal that holds for all. A refused key or a missing feature ends the command, once; a spent limit or quota
    /// is one error, and every further input is reported as not attempted.
    /// </summary>
    private void OnFatal(Work work, PictifyException fatal)
    {
        if (_refused is not null)
        {
            Fail(Failures.NotAttempted(work.Target, work.Subject, _refused.Message));
            return;
        }

        _refused = fatal;
        ErrorRecord error = Failures.From(fatal, work.Target);
        if (fatal.Kind is not (PictifyErrorKind.Unauthorized or PictifyErrorKind.FeatureUnavailable))
        {
            Fail(error);
            return;
        }

        while (_window.Count > 0)
        {
            Work other = _window.Dequeue();
            ((IAsyncResult)other.Task).AsyncWaitHandle.WaitOne();
            Write(other);
        }

        CloseProgress();
        ThrowTerminatingError(error);
    }

    /// <inheritdoc/>
    private protected override void CloseProgress()
    {
        if (!_showedProgress)
        {
            return;
        }

        _showedProgress = false;
        var done = new ProgressRecord(0, Activity, "Done") { RecordType = ProgressRecordType.Completed };
        try
        {
            CommandRuntime.WriteProgress(_source, done);
        }
        catch (Exception exception) when (exception is PipelineStoppedException or InvalidOperationException)
        {
            // A pipeline that is stopping, or over, takes nothing any more; the host still shows the bar.
            if (_isProgressWanted)
            {
                Host.UI?.WriteProgress(_source, done);
            }
        }
    }

    private bool IsProgressWanted() =>
        (
            MyInvocation.BoundParameters.TryGetValue("ProgressAction", out object? given)
                ? given
                : SessionState.PSVariable.GetValue("ProgressPreference")
        )
            is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    private sealed record Work(object? Target, string? Subject, Task<object?> Task, ErrorRecord? Error = null);
}
