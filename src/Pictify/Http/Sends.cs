namespace Pictify.Http;

/// <summary>The outcome of sending a request: an answer that is a success, or the error.</summary>
internal readonly record struct Answer(ApiResponse? Response, PictifyException? Error);

/// <summary>
/// The attempts of one change: how many there were, and when those were in flight that may have changed something without an answer
/// that shows it.
/// </summary>
internal sealed class Sends(int limit, ServerClock clock)
{
    private DateTimeOffset _lastSent;
    private DateTimeOffset _lastEnded;

    /// <summary>Attempts so far.</summary>
    public int Count { get; private set; }

    /// <summary>True while a further attempt is within the limit.</summary>
    public bool MayRepeat => Count < limit;

    /// <summary>When the first open attempt was sent, by this machine's clock; null if none is open.</summary>
    public DateTimeOffset? OpenFrom { get; private set; }

    /// <summary>When the last open attempt ended, by this machine's clock.</summary>
    public DateTimeOffset? OpenTo { get; private set; }

    /// <summary>True if an attempt may have changed something, and no answer shows whether it did.</summary>
    public bool IsOpen => OpenFrom is not null;

    /// <summary>When the open attempts were in flight, by the service's clock; only if one is open.</summary>
    public SendWindow Window => clock.Window(OpenFrom!.Value, OpenTo!.Value);

    public void Add(DateTimeOffset sent, DateTimeOffset ended, bool leavesOpen)
    {
        Count++;
        (_lastSent, _lastEnded) = (sent, ended);
        if (leavesOpen)
        {
            LeaveOpen();
        }
    }

    /// <summary>The answer's error; after a success that does not show the change, the last attempt stays open.</summary>
    /// <param name="answer">The last attempt's.</param>
    /// <param name="why">What is missing in a success, as the end of a sentence.</param>
    public PictifyException ErrorOf(Answer answer, string why)
    {
        if (answer.Error is { } error)
        {
            return error;
        }

        LeaveOpen();
        return ErrorReader.UnexpectedResponse(answer.Response!, why);
    }

    private void LeaveOpen()
    {
        OpenFrom ??= _lastSent;
        OpenTo = _lastEnded;
    }
}
