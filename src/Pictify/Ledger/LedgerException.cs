namespace Pictify.Ledger;

/// <summary>What failed.</summary>
public enum LedgerFailure : long
{
    /// <summary>A ledger that was named for reading does not exist.</summary>
    NotFound,

    /// <summary>It exists, or may exist, and cannot be read.</summary>
    Unreadable,

    /// <summary>It cannot be written, or not now.</summary>
    Unwritable,
}

/// <summary>A ledger that cannot be read or written. The message contains what to do.</summary>
public sealed class LedgerException : Exception
{
    /// <summary>A failure.</summary>
    public LedgerException(LedgerFailure failure, LedgerLocation location, string message, Exception? cause = null)
        : base(SafeText.Clean(message, SafeText.LongestMessage), cause is null ? null : SafeText.Harmless(cause))
    {
        Failure = failure;
        Location = location;
    }

    /// <summary>What failed.</summary>
    public LedgerFailure Failure { get; }

    /// <summary>The ledger.</summary>
    public LedgerLocation Location { get; }
}
