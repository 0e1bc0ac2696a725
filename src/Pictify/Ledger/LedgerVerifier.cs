using System.Security.Cryptography;

namespace Pictify.Ledger;

/// <summary>What is wrong with a line.</summary>
/// <param name="Line">The line in the file, from 1.</param>
/// <param name="Message">What, in words.</param>
public sealed record LedgerProblem(long Line, string Message)
{
    /// <summary>Reads as <c>Line 14: it was changed after it was written</c>.</summary>
    public override string ToString() => $"Line {Line}: {Message}";

    internal static LedgerProblem Newer(long line) =>
        new(line, "it was written by a newer version of this module, and this version cannot read it");
}

/// <summary>Whether a ledger is whole.</summary>
public sealed record LedgerReport
{
    /// <summary>The file; null if it is in memory.</summary>
    public string? Path { get; init; }

    /// <summary>True if every line is there, in its place, as it was written.</summary>
    public bool IsValid => Problems.Count == 0;

    /// <summary>How many lines there are.</summary>
    public long Lines { get; init; }

    /// <summary>Lines whose process was stopped while it wrote them; not a sign of tampering.</summary>
    public int TornLines { get; init; }

    /// <summary>What is wrong.</summary>
    public ReadableList<LedgerProblem> Problems { get; init; } = [];

    /// <summary>
    /// The hash of the last line. Kept elsewhere, it shows later that nothing before it was removed: no chain can show
    /// by itself that its end is missing.
    /// </summary>
    public string? LastHash { get; init; }
}

/// <summary>Follows the chain of hashes from line to line.</summary>
internal sealed class LedgerVerifier
{
    private readonly SHA256 _sha;
    private readonly List<LedgerProblem> _problems = [];
    private readonly List<Gap> _gaps = [];
    private readonly List<Copy> _copies = [];

    /// <summary>The line before, if it could not be read: the next line may mark it as torn.</summary>
    private Unreadable? _unreadable;
    private Copy? _copy;
    private int _torn;
    private long _lines;

    /// <summary>The last entry that has its place in the chain.</summary>
    private long _sequence;
    private string _hash = LedgerLine.NoHash;

    private LedgerVerifier(SHA256 sha) => _sha = sha;

    public static LedgerReport Verify(
        LedgerStore store,
        Stream? stream,
        string? contains,
        CancellationToken cancellationToken
    )
    {
        using var sha = SHA256.Create();
        var verifier = new LedgerVerifier(sha);
        bool isMissing = contains is not null;
        foreach (RawLine line in stream is null ? [] : LedgerReader.Lines(store, stream))
        {
            cancellationToken.ThrowIfCancellationRequested();
            LedgerEntry? entry = LedgerLine.Parse(line.Bytes.AsSpan());
            verifier.Add(line, entry);
            isMissing = isMissing && entry?.Hash != contains;
        }

        return verifier.Report(store.Location.Path, isMissing);
    }

    private void Add(RawLine line, LedgerEntry? entry)
    {
        _lines++;
        if (_unreadable is { } before)
        {
            _unreadable = null;
            Classify(before, entry);
        }

        if (entry is not null)
        {
            if (!LedgerLine.IsIntact(line.Bytes, entry, _sha))
            {
                _problems.Add(new LedgerProblem(line.Number, "it was changed after it was written"));
            }
            else if (entry.IsNewer)
            {
                _problems.Add(LedgerProblem.Newer(line.Number));
            }

            Place(line, entry);
        }
        else if (line.IsWhole)
        {
            _unreadable = Unreadable.Of(line, _sha);
        }
        else
        {
            // Being written now, or cut off: the next writer marks it.
            _torn++;
        }
    }

    /// <summary>A line that cannot be read is not a problem if the next writer marked it as torn.</summary>
    private void Classify(Unreadable line, LedgerEntry? next)
    {
        if (line.IsMarkedBy(next))
        {
            _torn++;
            return;
        }

        _problems.Add(line.ToProblem());
        if (next?.Sequence > _sequence + 1)
        {
            // It had a place in the chain, which must not be reported twice as missing.
            _sequence++;
            _hash = next.Previous ?? _hash;
        }
    }

    /// <summary>Compares an entry's place with the end of the chain before it.</summary>
    private void Place(RawLine line, LedgerEntry entry)
    {
        bool isNext = entry.Sequence == _sequence + 1 && entry.Previous == _hash;
        if (!isNext && _copy?.TryFollow(entry) == true)
        {
            // The copy is reported at its first line. If it is longer than the ledger before it, the chain continues with it.
            if (entry.Sequence > _sequence)
            {
                (_sequence, _hash) = (entry.Sequence, entry.Hash!);
            }

            return;
        }

        if (entry.Sequence <= _sequence)
        {
            AddEarlier(line, entry);
            return;
        }

        if (entry.Sequence > _sequence + 1)
        {
            _gaps.Add(new Gap(line.Number, _sequence + 1, entry.Sequence - 1));
        }
        else if (entry.Previous != _hash)
        {
            _problems.Add(new LedgerProblem(line.Number, "it does not follow the line before, which was replaced"));
        }

        (_sequence, _hash) = (entry.Sequence, entry.Hash!);
    }

    /// <summary>Either it was moved here, and left a gap elsewhere, or it is a second copy.</summary>
    private void AddEarlier(RawLine line, LedgerEntry entry)
    {
        if (_gaps.Any(gap => gap.TryFill(entry.Sequence)))
        {
            _problems.Add(
                new LedgerProblem(line.Number, $"it is out of order: entry {entry.Sequence} is after entry {_sequence}")
            );
            return;
        }

        _copy = new Copy(line.Number, entry);
        _copies.Add(_copy);
    }

    private LedgerReport Report(string? path, bool isHashMissing)
    {
        if (_unreadable is { } last)
        {
            _problems.Add(last.ToProblem());
        }

        if (isHashMissing)
        {
            _problems.Add(
                new LedgerProblem(
                    _lines,
                    "after it the end was cut off, or this is another ledger: the ledger does not contain the hash"
                )
            );
        }

        _problems.AddRange(_copies.Select(static copy => copy.ToProblem()));
        _problems.AddRange(_gaps.SelectMany(static gap => gap.Problems()));
        return new LedgerReport
        {
            Path = path,
            Lines = _lines,
            TornLines = _torn,
            Problems = [.. _problems.OrderBy(static problem => problem.Line)],
            LastHash = _sequence > 0 ? _hash : null,
        };
    }

    /// <summary>A line that was there before, and the lines that follow it: a copy, or another ledger after the first.</summary>
    private sealed class Copy(long line, LedgerEntry first)
    {
        private readonly long _first = first.Sequence;
        private LedgerEntry _last = first;
        private int _more;

        public bool TryFollow(LedgerEntry entry)
        {
            if (entry.Sequence != _last.Sequence + 1 || entry.Previous != _last.Hash)
            {
                return false;
            }

            _last = entry;
            _more++;
            return true;
        }

        public LedgerProblem ToProblem() =>
            new(
                line,
                _more == 0
                    ? $"it repeats entry {_first}"
                    : $"it repeats entry {_first}, and {_more} more follow it: a copy, or another ledger"
            );
    }

    /// <summary>Entries that should be before a line, and are not.</summary>
    private sealed class Gap(long line, long first, long last)
    {
        private readonly HashSet<long> _found = [];

        public bool TryFill(long sequence) => sequence >= first && sequence <= last && _found.Add(sequence);

        public IEnumerable<LedgerProblem> Problems()
        {
            long missing = last - first + 1 - _found.Count;
            if (missing > 0)
            {
                yield return new LedgerProblem(
                    line,
                    missing == 1 ? "an entry is missing before it" : $"{missing} entries are missing before it"
                );
            }
        }
    }
}
