using System.Buffers;

namespace Pictify.Ledger;

/// <summary>A line as it stands in the ledger.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Bytes">Without its line break; valid until the next line is read.</param>
/// <param name="IsWhole">False for a last line that has no line break.</param>
internal readonly record struct RawLine(long Number, long Offset, ArraySegment<byte> Bytes, bool IsWhole);

/// <summary>Reads lines one after the other; what it holds does not grow with the ledger.</summary>
internal static class LedgerReader
{
    /// <summary>Far beyond any line of ours; a line that is longer comes in parts, and no part of it is an entry.</summary>
    private const int MaximumLine = 1024 * 1024;
    private const int BlockSize = 64 * 1024;

    public static IEnumerable<RawLine> Lines(LedgerStore store, long from = 0)
    {
        using Stream stream = store.OpenRead();
        if (from > 0)
        {
            stream.Seek(from, SeekOrigin.Begin);
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            long offset = from;
            long number = 0;
            int start = 0;
            int end = 0;
            int searched = 0;
            while (true)
            {
                int length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
                if (length >= 0 || (end - start >= MaximumLine))
                {
                    int count = length >= 0 ? searched + length - start : end - start;
                    int taken = length >= 0 ? count + 1 : count;
                    yield return new RawLine(++number, offset, new ArraySegment<byte>(buffer, start, count), true);
                    start += taken;
                    offset += taken;
                    searched = start;
                    continue;
                }

                searched = end;
                if (end == buffer.Length)
                {
                    byte[] next = start > 0 ? buffer : ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    Buffer.BlockCopy(buffer, start, next, 0, end - start);
                    if (next != buffer)
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = next;
                    }

                    (start, end, searched) = (0, end - start, end - start);
                }

                int read = stream.Read(buffer, end, buffer.Length - end);
                if (read == 0)
                {
                    break;
                }

                end += read;
            }

            if (end > start)
            {
                yield return new RawLine(++number, offset, new ArraySegment<byte>(buffer, start, end - start), false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
