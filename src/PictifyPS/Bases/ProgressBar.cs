using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace PictifyPS.Bases;

/// <summary>
/// The progress bar of one command: it appears once the command has run for a second, is written five times a second at most, and is closed
/// even if the pipeline is stopping. On the pipeline thread only.
/// </summary>
/// <param name="cmdlet">The cmdlet that writes it.</param>
/// <param name="activity">The activity, such as <c>Suspending experiments</c>.</param>
/// <param name="now">The connection's clock, to which the end of a wait for the rate limit refers.</param>
internal sealed class ProgressBar(PSCmdlet cmdlet, Func<string> activity, Func<DateTimeOffset> now)
{
    private static readonly TimeSpan _delay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);
    private static long _lastSource;

    /// <summary>
    /// A source id of this command: with it, the bar can be closed through the host even if the pipeline does not accept records any more.
    /// </summary>
    private readonly long _source = Interlocked.Decrement(ref _lastSource);
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private TimeSpan _written;
    private DateTimeOffset? _waitingUntil;
    private bool _isOpen;
    private bool _isShown;

    /// <summary>Reads as <c>Waiting for the rate limit: 2 s</c>.</summary>
    public static string WaitText(DateTimeOffset until, DateTimeOffset now) =>
        $"Waiting for the rate limit: {Math.Max(1, Math.Ceiling((until - now).TotalSeconds)):0} s";

    /// <summary>Notes that the rate limit holds requests back; false if that was noted already.</summary>
    public bool SetWait(DateTimeOffset until)
    {
        if (_waitingUntil == until)
        {
            return false;
        }

        _waitingUntil = until;
        return true;
    }

    /// <summary>Writes the bar, unless it is too early for the first time or for the next.</summary>
    public void Refresh(int done, int failed, int? expected)
    {
        TimeSpan elapsed = _elapsed.Elapsed;
        if (elapsed < _delay || elapsed - _written < _interval)
        {
            return;
        }

        _written = elapsed;
        _isShown = _isOpen ? _isShown : RunPreferences.ShowsProgress(cmdlet);
        _isOpen = true;
        DateTimeOffset? until = _waitingUntil is { } end && end > now() ? end : null;
        string count = expected is { } total ? $"{done} of {total}" : $"{done} done";
        string rate = (done / elapsed.TotalSeconds).ToString("0.#", CultureInfo.CurrentCulture);

        // In the status, because PowerShell 7 does not show the current operation. During a wait there is no rate, and one of 0 would
        // look as if the command were stuck.
        string status =
            until is not null ? $"{WaitText(until.Value, now())} ({count}, {failed} failed)"
            : rate == "0" ? $"{count}, {failed} failed"
            : $"{count}, {rate}/s, {failed} failed";
        var progress = new ProgressRecord(0, activity(), status)
        {
            PercentComplete = expected is > 0 and var all ? Math.Min(100, done * 100 / all) : -1,
        };
        if (until is not null)
        {
            progress.SecondsRemaining = (int)Math.Ceiling((until.Value - now()).TotalSeconds);
        }

        cmdlet.CommandRuntime.WriteProgress(_source, progress);
    }

    /// <summary>Closes the bar if it is open; does not throw.</summary>
    public void Close()
    {
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        var completed = new ProgressRecord(0, activity(), "Done") { RecordType = ProgressRecordType.Completed };
        try
        {
            cmdlet.CommandRuntime.WriteProgress(_source, completed);
        }
        catch (Exception exception) when (exception is PipelineStoppedException or InvalidOperationException)
        {
            // A pipeline that is stopping, or has ended, does not accept records any more; the host still shows the bar.
            if (_isShown)
            {
                cmdlet.Host.UI?.WriteProgress(_source, completed);
            }
        }
    }
}
