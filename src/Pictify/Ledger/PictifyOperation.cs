namespace Pictify.Ledger;

/// <summary>One run of one command that changes something, as the ledger tells it.</summary>
public sealed record PictifyOperation
{
    private ReadableList<LedgerEntry>? _entries;

    internal ILedger? Ledger { get; init; }

    /// <summary>Its id; ids sort by time.</summary>
    public string Id { get; init; } = "";

    /// <summary>The command.</summary>
    public string? Command { get; init; }

    /// <summary>When the first experiment's turn came.</summary>
    public DateTime StartedAt => StartedAtMoment.LocalDateTime;

    internal DateTimeOffset StartedAtMoment { get; init; }

    /// <summary>From the first line to the last, by the machine's clock.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>How many experiments it took on.</summary>
    public int Total => Changed + Unchanged + Failed + Unknown;

    /// <summary>How many it changed.</summary>
    public int Changed { get; init; }

    /// <summary>How many were so already.</summary>
    public int Unchanged { get; init; }

    /// <summary>How many it could not change.</summary>
    public int Failed { get; init; }

    /// <summary>For how many it is not known: the process ended, or no answer told. Update-PictifyOperation settles them.</summary>
    public int Unknown { get; init; }

    /// <summary>
    /// How many errors the command wrote; known of a command of this session, and null for what is read from a ledger.
    /// </summary>
    public int? ErrorCount { get; init; }

    /// <summary>
    /// True where it ended before it was through: by an error that ends a command, by Ctrl+C, or by what stands behind it in the
    /// pipeline. A process that was killed could not record it: what it had under way is unknown instead.
    /// </summary>
    public bool EndedEarly { get; init; }

    /// <summary>
    /// True only where nothing failed, nothing is unknown and it did not end early, and, for a command of this session, where it
    /// wrote no error.
    /// </summary>
    public bool Succeeded => Failed == 0 && Unknown == 0 && !EndedEarly && ErrorCount is null or 0;

    /// <summary>Why, as the person who ran it said.</summary>
    public string? Reason { get; init; }

    /// <summary>Where it is asked for or explained.</summary>
    public string? Ticket { get; init; }

    /// <summary>When the pause is to end.</summary>
    public DateTime? Until => LocalTime.Of(UntilMoment);

    internal DateTimeOffset? UntilMoment { get; init; }

    /// <summary>The operation that this one takes back.</summary>
    public string? Undoes { get; init; }

    /// <summary>Who, as the operating system calls them.</summary>
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
    /// One entry for each experiment, with what became of it; read from the ledger when it is first asked for, and kept.
    /// </summary>
    public ReadableList<LedgerEntry> Entries =>
        _entries ??= Ledger is null ? [] : Ledger.EntriesOfAsync(Id).ConfigureAwait(false).GetAwaiter().GetResult();

    /// <summary>An operation that was read twice is two: they may tell its state at different times.</summary>
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
