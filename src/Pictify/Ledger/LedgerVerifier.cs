using System.Security.Cryptography;

namespace Pictify.Ledger;

/// <summary>What is wrong with a line.</summary>
/// <param name="Line">The line in the file, from 1.</param>
/// <param name="Message">What, in words.</param>
public sealed record LedgerProblem(long Line, string Message)
{
    /// <summary>Reads as <c>Line 14: it was changed after it was written</c>.</summary>
    public override string ToString() => $"Line {Line}: {Message}";
}

/// <summary>Whether a ledger is whole.</summary>
public sealed record LedgerReport
{
    /// <summary>The file; null where it is in memory.</summary>
    public string? Path { get; init; }

    /// <summary>True where every line is there, in its place, as it was written.</summary>
    public bool IsValid => Problems.Count == 0;

    /// <summary>How many lines there are.</summary>
    public long Lines { get; init; }

    /// <summary>Lines that a process was stopped at while it wrote them; no sign of tampering.</summary>
    public int TornLines { get; init; }

    /// <summary>What is wrong.</summary>
    public ReadableList<LedgerProblem> Problems { get; init; } = [];

    /// <summary>
    /// The hash of the last line. Kept elsewhere, it shows later that nothing before it was taken away: no chain can show
    /// by itself that its end is missing.
    /// </summary>
    public string? LastHash { get; init; }
}

/// <summary>Follows the chain of hashes from line to line.</summary>
internal static class LedgerVerifier
{
    public static LedgerReport Verify(
        LedgerStore store,
        Stream? stream,
        string? contains,
        CancellationToken cancellationToken
    )
    {
        using var sha = SHA256.Create();
        var problems = new List<LedgerProblem>();
        var gaps = new List<Gap>();
        var copies = new List<Copy>();
        Unreadable? unreadable = null;
        Copy? copy = null;
        int torn = 0;
        long lines = 0;
        long sequence = 0;
        string hash = LedgerLine.NoHash;
        foreach (RawLine line in stream is null ? [] : LedgerReader.Lines(store, stream))
        {
            cancellationToken.ThrowIfCancellationRequested();
            lines++;
            LedgerEntry? entry = LedgerLine.Parse(line.Bytes.AsSpan());
            if (unreadable is { } before)
            {
                if (before.IsMarkedBy(entry))
                {
                    torn++;
                }
                else
                {
                    problems.Add(before.ToProblem());
                    if (entry?.Sequence > sequence + 1)
                    {
                        // It had a place in the chain, which is not missed twice.
                        sequence++;
                        hash = entry.Previous ?? hash;
                    }
                }

                unreadable = null;
            }

            if (entry is null)
            {
                if (line.IsWhole)
                {
                    unreadable = Unreadable.Of(line, sha);
                }
                else
                {
                    // Being written now, or cut off: the next writer marks it.
                    torn++;
                }

                continue;
            }

            if (entry.Hash == contains)
            {
                contains = null;
            }

            if (!LedgerLine.IsIntact(line.Bytes, entry, sha))
            {
                problems.Add(new LedgerProblem(line.Number, "it was changed after it was written"));
            }

            bool isNext = entry.Sequence == sequence + 1 && entry.Previous == hash;
            if (!isNext && copy?.TryFollow(entry) == true)
            {
                // Named already, where it began. What is longer than the ledger before it is followed from there.
                if (entry.Sequence > sequence)
                {
                    (sequence, hash) = (entry.Sequence, entry.Hash!);
                }

                continue;
            }

            if (entry.Sequence <= sequence)
            {
                // Either it was moved here, and leaves a gap elsewhere, or it is a second copy.
                bool moved = gaps.Any(gap => gap.Take(entry.Sequence));
                if (moved)
                {
                    problems.Add(
                        new LedgerProblem(
                            line.Number,
                            $"it is out of order: entry {entry.Sequence} stands after entry {sequence}"
                        )
                    );
                }
                else
                {
                    copy = new Copy(line.Number, entry);
                    copies.Add(copy);
                }

                continue;
            }

            if (entry.Sequence > sequence + 1)
            {
                gaps.Add(new Gap(line.Number, sequence + 1, entry.Sequence - 1));
            }
            else if (entry.Previous != hash)
            {
                problems.Add(new LedgerProblem(line.Number, "it does not follow the line before, which was replaced"));
            }

            sequence = entry.Sequence;
            hash = entry.Hash!;
        }

        if (unreadable is { } last)
        {
            problems.Add(last.ToProblem());
        }

        if (contains is not null)
        {
            problems.Add(
                new LedgerProblem(
                    lines,
                    "after it the end was cut off, or this is another ledger: the hash is not there"
                )
            );
        }

        problems.AddRange(copies.Select(static copy => copy.ToProblem()));
        problems.AddRange(gaps.SelectMany(static gap => gap.Problems()));
        return new LedgerReport
        {
            Path = store.Location.Path,
            Lines = lines,
            TornLines = torn,
            Problems = [.. problems.OrderBy(static problem => problem.Line)],
            LastHash = sequence > 0 ? hash : null,
        };
    }

    /// <summary>A line that was there before, and the lines that follow it: a copy, or another ledger behind the first.</summary>
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
                    : $"it repeats entry {_first}, and {_more} more go on from it: a copy, or another ledger"
            );
    }

    /// <summary>Entries that should stand before a line, and do not.</summary>
    private sealed class Gap(long line, long first, long last)
    {
        private readonly HashSet<long> _found = [];

        public bool Take(long sequence) => sequence >= first && sequence <= last && _found.Add(sequence);

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
