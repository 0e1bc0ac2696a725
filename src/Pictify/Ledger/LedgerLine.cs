using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pictify.Ledger;

/// <summary>A line's number and the beginning of its hash, which together identify it.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Hash">The first 16 digits of its hash.</param>
/// <param name="IsNewer">
/// True if a newer version of this module wrote it: only its place in the chain is known, because its other fields may have another
/// meaning.
/// </param>
internal readonly record struct LinePlace(long Sequence, ulong Hash, bool IsNewer)
{
    public static LinePlace Of(LedgerEntry entry) =>
        new(
            entry.Sequence,
            Utf8Parser.TryParse(Encoding.UTF8.GetBytes(entry.Hash!).AsSpan(0, 16), out ulong hash, out int _, 'x')
                ? hash
                : 0,
            entry.IsNewer
        );
}

/// <summary>
/// A line's bytes. It ends in <c>,"prev":"…","hash":"…"}</c>: the hash covers every byte of the line before its own field,
/// so the hash of the line before too. This chains the lines.
/// </summary>
internal static class LedgerLine
{
    public const int HashLength = 64;

    /// <summary>What the first line contains as the hash of the line before.</summary>
    public static readonly string NoHash = new('0', HashLength);

    private const string Tail = "\"}";
    private static readonly byte[] _hashField = Encoding.ASCII.GetBytes(",\"hash\":\"");

    /// <summary>Appends a line with its line break; returns its hash.</summary>
    public static string Write(MemoryStream to, LedgerEntry entry, string previous, SHA256 sha)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(entry, LedgerJson.Default.LedgerEntry);
        int start = (int)to.Length;
        to.Write(body, 0, body.Length - 1);
        Ascii(to, $",\"prev\":\"{previous}\"");
        string hash = Hash(sha, to.GetBuffer(), start, (int)to.Length - start);
        to.Write(_hashField, 0, _hashField.Length);
        Ascii(to, $"{hash}{Tail}\n");
        return hash;
    }

    /// <summary>
    /// The entry of a line; null if the bytes are not a line of a ledger. Of a line that a newer version wrote, and whose fields cannot be
    /// read, it has the place in the chain only.
    /// </summary>
    public static LedgerEntry? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            if (
                JsonSerializer.Deserialize(line, LedgerJson.Default.LedgerEntry) is
                { Hash.Length: HashLength, Sequence: > 0 and < long.MaxValue } entry
            )
            {
                return entry;
            }
        }
        catch (Exception exception)
            when (exception is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            // Not written by this version: for example an invalid time, or bytes that are not UTF-8.
        }

        return TryReadPlace(line, out LinePlace place) && place.IsNewer ? PlaceOnly(line, place) : null;
    }

    private static LedgerEntry PlaceOnly(ReadOnlySpan<byte> line, LinePlace place)
    {
        int hashAt = line.Length - HashLength - Tail.Length;
        ReadOnlySpan<byte> before = line.Slice(0, hashAt - _hashField.Length);
        int previousAt = before.Length - 1 - HashLength;
        bool hasPrevious = previousAt > 0 && before.Slice(0, previousAt).EndsWith(",\"prev\":\""u8);
        return new LedgerEntry
        {
            Version = LedgerEntry.NewestVersion + 1,
            Sequence = place.Sequence,
            Previous = hasPrevious ? Ascii(before.Slice(previousAt, HashLength)) : null,
            Hash = Ascii(line.Slice(hashAt, HashLength)),
        };
    }

    /// <summary>Reads only a line's place; false if it does not have the form in which lines are written here.</summary>
    public static bool TryReadPlace(ReadOnlySpan<byte> line, out LinePlace place)
    {
        place = default;
        int hashAt = line.Length - HashLength - Tail.Length;
        if (
            hashAt < _hashField.Length
            || !line.EndsWith("\"}"u8)
            || !line.Slice(hashAt - _hashField.Length, _hashField.Length).SequenceEqual(_hashField)
            || !line.StartsWith("{\"v\":"u8)
        )
        {
            return false;
        }

        ReadOnlySpan<byte> rest = line.Slice(5);
        if (!Utf8Parser.TryParse(rest, out int version, out int read) || !rest.Slice(read).StartsWith(",\"seq\":"u8))
        {
            return false;
        }

        rest = rest.Slice(read + 7);
        bool isRead =
            Utf8Parser.TryParse(rest, out long sequence, out read)
            && rest.Slice(read).StartsWith(",\""u8)
            && Utf8Parser.TryParse(line.Slice(hashAt, 16), out ulong hash, out int digits, 'x')
            && digits == 16
            && (place = new LinePlace(sequence, hash, version > LedgerEntry.NewestVersion))
                is { Sequence: > 0 and < long.MaxValue };
        return isRead;
    }

    /// <summary>Whether a line is as it was written.</summary>
    public static bool IsIntact(ArraySegment<byte> line, LedgerEntry entry, SHA256 sha)
    {
        int covered = line.Count - _hashField.Length - HashLength - Tail.Length;
        return covered > 0
            && line.AsSpan(covered, _hashField.Length).SequenceEqual(_hashField)
            && Hash(sha, line.Array!, line.Offset, covered) == entry.Hash;
    }

    public static string Hash(SHA256 sha, byte[] bytes, int offset, int count) =>
        BitConverter.ToString(sha.ComputeHash(bytes, offset, count)).Replace("-", "").ToLowerInvariant();

    private static string Ascii(ReadOnlySpan<byte> text) => Encoding.ASCII.GetString(text.ToArray());

    private static void Ascii(MemoryStream to, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        to.Write(bytes, 0, bytes.Length);
    }
}
