namespace Pictify.Http;

/// <summary>What came of sending a request: an answer that is a success, or the error.</summary>
internal readonly record struct Answer(ApiResponse? Response, PictifyException? Error);

/// <summary>
/// What was sent for one change, over all its attempts: how many, and when those were under way that may have changed
/// something without an answer that says so.
/// </summary>
internal sealed class Sends(int limit)
{
    private DateTimeOffset _lastSent;
    private DateTimeOffset _lastEnded;

    /// <summary>Attempts that count against the limit.</summary>
    public int Count { get; private set; }

    /// <summary>True while a further attempt is within the limit.</summary>
    public bool MayRepeat => Count < limit;

    /// <summary>When the first open attempt was sent, by this machine's clock; null where none is open.</summary>
    public DateTimeOffset? OpenFrom { get; private set; }

    /// <summary>When the last open attempt ended, by this machine's clock.</summary>
    public DateTimeOffset? OpenTo { get; private set; }

    /// <summary>True where an attempt may have changed something, and no answer says whether it did.</summary>
    public bool IsOpen => OpenFrom is not null;

    public void Add(DateTimeOffset sent, DateTimeOffset ended, bool leavesOpen)
    {
        Count++;
        (_lastSent, _lastEnded) = (sent, ended);
        if (leavesOpen)
        {
            LeaveOpen();
        }
    }

    /// <summary>The last attempt was answered by a success that does not show the change.</summary>
    public void LeaveOpen()
    {
        OpenFrom ??= _lastSent;
        OpenTo = _lastEnded;
    }
}
