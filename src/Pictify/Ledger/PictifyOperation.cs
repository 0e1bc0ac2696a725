namespace Pictify.Ledger;

/// <summary>One run of one command that changes something, as the ledger records it.</summary>
public sealed record PictifyOperation
{
    private ReadableList<LedgerEntry>? _entries;

    internal ILedger? Ledger { get; init; }

    /// <summary>Its id; ids sort by time.</summary>
    public string Id { get; init; } = "";

    /// <summary>The command.</summary>
    public string? Command { get; init; }

    /// <summary>When the change of the first experiment began.</summary>
    public DateTime StartedAt => StartedAtMoment.LocalDateTime;

    internal DateTimeOffset StartedAtMoment { get; init; }

    /// <summary>From the first line to the last, by the machine's clock.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>How many experiments it includes.</summary>
    public int Total => Changed + Unchanged + Failed + Unknown;

    /// <summary>How many it changed.</summary>
    public int Changed { get; init; }

    /// <summary>How many already had the wanted state.</summary>
    public int Unchanged { get; init; }

    /// <summary>How many it could not change.</summary>
    public int Failed { get; init; }

    /// <summary>For how many the outcome is not known: the process ended, or no answer showed it. Update-PictifyOperation settles them.</summary>
    public int Unknown { get; init; }

    /// <summary>
    /// How many errors the command wrote; known for a command of this session, and null for an operation that is read from a ledger.
    /// </summary>
    public int? ErrorCount { get; init; }

    /// <summary>
    /// True if it ended early: a terminating error, Ctrl+C or a later command in the pipeline stopped it. A process that was killed could
    /// not record this: the changes that it was making are unknown instead.
    /// </summary>
    public bool EndedEarly { get; init; }

    /// <summary>
    /// True only if nothing failed, nothing is unknown and it did not end early, and, for a command of this session, if it wrote no
    /// error.
    /// </summary>
    public bool Succeeded => Failed == 0 && Unknown == 0 && !EndedEarly && ErrorCount is null or 0;

    /// <summary>Why, in the words of the person who ran it.</summary>
    public string? Reason { get; init; }

    /// <summary>Where the operation is requested or explained.</summary>
    public string? Ticket { get; init; }

    /// <summary>When the pause is to end.</summary>
    public DateTime? Until => LocalTime.Of(UntilMoment);

    internal DateTimeOffset? UntilMoment { get; init; }

    /// <summary>The operation that this one undoes.</summary>
    public string? Undoes { get; init; }

    /// <summary>Who, by the name in the operating system.</summary>
    public string? User { get; init; }

    /// <summary>On which machine.</summary>
    public string? Host { get; init; }

    /// <summary>The process's id.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The service's address.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>The first eight hex digits of the key's SHA-256.</summary>
    public string? KeyFingerprint { get; init; }

    /// <summary>
    /// One entry for each experiment, with its outcome; read from the ledger at the first use, and kept. PowerShell takes any property that
    /// cannot be read for $null, so there it is $null if the ledger cannot be read at that time, and is read again at the next use.
    /// </summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    // A ledger may have thousands of operations with thousands of entries each: read with the operations, all of them would be in memory.
    // A method would not be called by '$operation.Entries' and Select-Object.
    public ReadableList<LedgerEntry> Entries =>
        _entries ??= Ledger is null ? [] : Ledger.EntriesOfAsync(Id).ConfigureAwait(false).GetAwaiter().GetResult();

    /// <summary>Two reads of one operation are not equal: they may contain its state at different times.</summary>
    public bool Equals(PictifyOperation? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>Reads as its id.</summary>
    public override string ToString() => Id;

    /// <summary>An operation that has nothing counted yet, by what all its lines have in common.</summary>
    internal static PictifyOperation Begin(ILedger? ledger, LedgerEntry line) =>
        new()
        {
            Ledger = ledger,
            Id = line.OperationId!,
            Command = line.Command,
            StartedAtMoment = line.Moment,
            Reason = line.Reason,
            Ticket = line.Ticket,
            UntilMoment = line.UntilMoment,
            Undoes = line.Undoes,
            User = line.User,
            Host = line.Host,
            ProcessId = line.ProcessId,
            BaseUrl = line.BaseUrl,
            KeyFingerprint = line.Key,
        };

    /// <summary>A new id.</summary>
    internal static string NewId(DateTimeOffset now) =>
        FormattableString.Invariant(
            $"{now.UtcDateTime:yyyyMMdd'T'HHmmssfff'Z'}-{Guid.NewGuid().ToString("N").Substring(0, 8)}"
        );
}
