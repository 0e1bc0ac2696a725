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
    public IReadOnlyList<LedgerProblem> Problems { get; init; } = [];

    /// <summary>
    /// The hash of the last line. Kept elsewhere, it shows later that nothing before it was taken away: no chain can show
    /// by itself that its end is missing.
    /// </summary>
    public string? LastHash { get; init; }
}

/// <summary>Follows the chain of hashes from line to line.</summary>
internal static class LedgerVerifier
{
    public static LedgerReport Verify(LedgerStore store, string? contains)
    {
        using var sha = SHA256.Create();
        var problems = new List<LedgerProblem>();
        var gaps = new List<Gap>();
        Unreadable? unreadable = null;
        int torn = 0;
        long lines = 0;
        long sequence = 0;
        string hash = LedgerLine.NoHash;
        foreach (RawLine line in LedgerReader.Lines(store))
        {
            lines++;
            LedgerEntry? entry = line.IsWhole ? LedgerLine.Parse(line.Bytes.AsSpan()) : null;
            if (unreadable is { } before)
            {
                bool isMarked =
                    entry is { Kind: LedgerKind.Torn } && entry.Bytes == before.Bytes && entry.Sha256 == before.Hash;
                if (isMarked)
                {
                    torn++;
                }
                else
                {
                    problems.Add(
                        new LedgerProblem(before.Line, "it is no entry of a ledger, or was changed into none")
                    );
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
                    unreadable = new Unreadable(
                        line.Number,
                        line.Bytes.Count,
                        LedgerLine.Hash(sha, line.Bytes.Array!, line.Bytes.Offset, line.Bytes.Count)
                    );
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

            if (entry.Sequence <= sequence)
            {
                // Either it was moved here, and leaves a gap elsewhere, or it is a second copy.
                bool moved = gaps.Any(gap => gap.Take(entry.Sequence));
                problems.Add(
                    new LedgerProblem(
                        line.Number,
                        moved
                            ? $"it is out of order: entry {entry.Sequence} stands after entry {sequence}"
                            : $"it repeats entry {entry.Sequence}"
                    )
                );
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
            problems.Add(new LedgerProblem(last.Line, "it is no entry of a ledger, or was changed into none"));
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

    private sealed record Unreadable(long Line, int Bytes, string Hash);

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
