using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pictify.Ledger;

/// <summary>
/// A line's bytes. It ends in <c>,"prev":"…","hash":"…"}</c>: the hash covers every byte of the line before its own field,
/// so the hash of the line before too, which chains the lines.
/// </summary>
internal static class LedgerLine
{
    public const int HashLength = 64;

    /// <summary>What the first line bears as the hash of the line before.</summary>
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

    /// <summary>The entry of a line; null where the bytes are no line of a ledger.</summary>
    public static LedgerEntry? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, LedgerJson.Default.LedgerEntry) is { Hash.Length: HashLength } entry
                ? entry
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
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

    private static void Ascii(MemoryStream to, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        to.Write(bytes, 0, bytes.Length);
    }
}
