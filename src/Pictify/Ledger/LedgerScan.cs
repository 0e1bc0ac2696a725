using System.Security.Cryptography;
using System.Text.Json;

namespace Pictify.Ledger;

/// <summary>
/// Reads a ledger's lines, each once. For a query that matches few lines most are not parsed: their bytes show that they do not
/// match.
/// </summary>
internal sealed class LedgerScan(LedgerStore store, LedgerQuery query, Action<LedgerEntry> onLine)
{
    private const int RecentBytes = 256 * 1024;

    private readonly byte[][] _texts = Texts(query);
    private readonly HashSet<string>? _uids = query.Uids is null
        ? null
        : new HashSet<string>(query.Uids, StringComparer.Ordinal);

    /// <summary>A line that is not an entry, until the next one shows whether it was marked as torn.</summary>
    private Unreadable? _unreadable;

    /// <summary>Reads the lines; returns the position after the last one that has an end.</summary>
    public long Run(Stream stream, CancellationToken cancellationToken)
    {
        long from = query.Recent ? Math.Max(0, stream.Length - RecentBytes) : query.From;
        long position = from;
        long highest = 0;
        HashSet<LinePlace>? seen = null;
        using var sha = SHA256.Create();
        foreach (RawLine line in LedgerReader.Lines(store, stream, from))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (line.IsWhole)
            {
                position = line.Offset + line.Bytes.Count + 1;
            }

            bool mayMatch = MayMatch(line.Bytes);
            bool isKnown = LedgerLine.TryReadPlace(line.Bytes.AsSpan(), out LinePlace place);
            LedgerEntry? entry = null;
            if (!isKnown || mayMatch || _unreadable is not null)
            {
                entry = LedgerLine.Parse(line.Bytes.AsSpan());
                bool isMarked = _unreadable?.IsMarkedBy(entry) == true;
                Report(isMarked);
                if (entry is null)
                {
                    // A line without an end is still being written, or will be marked. If only the tail is read, the line's number is not known.
                    _unreadable = line.IsWhole && from == 0 ? Unreadable.Of(line, sha) : null;
                    continue;
                }

                place = LinePlace.Of(entry);
            }

            if (place.Sequence > highest)
            {
                highest = place.Sequence;
                seen?.Add(place);
            }
            else
            {
                // Lines of a second copy, or of another ledger that was appended to this one.
                seen ??= PlacesBefore(line.Offset, from);
                if (!seen.Add(place))
                {
                    continue;
                }
            }

            if (place.IsNewer)
            {
                SkipNewer(line, from);
            }
            else if (mayMatch && Matches(entry!))
            {
                onLine(entry!);
            }
        }

        Report(isMarked: false);
        return position;
    }

    private void SkipNewer(RawLine line, long from)
    {
        if (query.RefuseNewer)
        {
            throw new LedgerException(
                LedgerFailure.Unreadable,
                store.Location,
                $"The ledger '{store.Location}' has lines that a newer version of this module wrote, and this version does not know what "
                    + "they changed. Update the module on this machine."
            );
        }

        // If only a part is read, the line's number is not known.
        if (from == 0)
        {
            query.Skipped?.Invoke(LedgerProblem.Newer(line.Number));
        }
    }

    private void Report(bool isMarked)
    {
        if (_unreadable is { } line && !isMarked)
        {
            query.Skipped?.Invoke(line.ToProblem());
        }

        _unreadable = null;
    }

    private HashSet<LinePlace> PlacesBefore(long end, long from)
    {
        var places = new HashSet<LinePlace>();
        using Stream? stream = store.OpenRead();
        if (stream is not null)
        {
            foreach (RawLine line in LedgerReader.Lines(store, stream, from).TakeWhile(line => line.Offset < end))
            {
                if (LedgerLine.TryReadPlace(line.Bytes.AsSpan(), out LinePlace place))
                {
                    places.Add(place);
                }
                else if (LedgerLine.Parse(line.Bytes.AsSpan()) is { } entry)
                {
                    places.Add(LinePlace.Of(entry));
                }
            }
        }

        return places;
    }

    private bool Matches(LedgerEntry line) =>
        (query.OperationId is null || query.OperationId == line.OperationId)
        && (_uids is null || (line.Uid is { } uid && _uids.Contains(uid)))
        && !(line.Moment < query.Since)
        && (!query.WithEnd || line.Until is not null);

    private bool MayMatch(ArraySegment<byte> line)
    {
        foreach (byte[] text in _texts)
        {
            if (line.AsSpan().IndexOf(text) < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The texts that every matching line contains, as they are written.</summary>
    private static byte[][] Texts(LedgerQuery query)
    {
        var texts = new List<byte[]>();
        if (query.OperationId is { } id)
        {
            texts.Add(Written(id));
        }

        if (query.Uids is { Length: 1 } uids)
        {
            texts.Add(Written(uids[0]));
        }

        if (query.WithEnd)
        {
            texts.Add([.. "\"until\":"u8]);
        }

        return [.. texts];
    }

    private static byte[] Written(string text) =>
        [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'];
}

/// <summary>A line that is not an entry.</summary>
/// <param name="Line">The line in the ledger, from 1.</param>
/// <param name="Bytes">Its length; null if it is too long to be a line that was cut off.</param>
/// <param name="Hash">Its hash.</param>
internal sealed record Unreadable(long Line, int? Bytes, string? Hash)
{
    public static Unreadable Of(RawLine line, SHA256 sha) =>
        line.IsTooLong
            ? new Unreadable(line.Number, null, null)
            : new Unreadable(
                line.Number,
                line.Bytes.Count,
                LedgerLine.Hash(sha, line.Bytes.Array!, line.Bytes.Offset, line.Bytes.Count)
            );

    /// <summary>Whether the next line marks this one as cut off.</summary>
    public bool IsMarkedBy(LedgerEntry? next) =>
        next is { Kind: LedgerKind.Torn } && Hash is not null && next.Bytes == Bytes && next.Sha256 == Hash;

    public LedgerProblem ToProblem() =>
        new(Line, "it is not an entry of a ledger, or it was changed and is no longer one");
}
