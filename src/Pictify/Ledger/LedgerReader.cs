using System.Buffers;

namespace Pictify.Ledger;

/// <summary>A line as it is in the ledger.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Bytes">Without its line break, LF or CRLF; valid until the next line is read.</param>
/// <param name="IsWhole">False for a last line that has no line break.</param>
/// <param name="IsTooLong">True if it is far longer than any line of a ledger; then there are no bytes.</param>
internal readonly record struct RawLine(
    long Number,
    long Offset,
    ArraySegment<byte> Bytes,
    bool IsWhole,
    bool IsTooLong
);

/// <summary>Reads lines one after the other; the memory that it uses does not grow with the ledger.</summary>
internal static class LedgerReader
{
    /// <summary>More than any line that this module writes: see <see cref="LedgerEntry.MaximumText"/>.</summary>
    private const int MaximumLine = 1024 * 1024;
    private const int BlockSize = 64 * 1024;

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>The lines of a stream, which stays open.</summary>
    public static IEnumerable<RawLine> Lines(LedgerStore store, Stream stream, long from = 0)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            stream.Seek(from, SeekOrigin.Begin);
            long offset = from;
            long number = 0;
            int start = 0;
            int end = 0;
            int searched = 0;
            long dropped = 0;
            while (true)
            {
                int length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
                if (length >= 0)
                {
                    int count = searched + length - start;
                    ArraySegment<byte> text = dropped > 0 ? default : Text(buffer, start, count, offset);
                    yield return new RawLine(++number, offset, text, IsWhole: true, IsTooLong: dropped > 0);
                    start += count + 1;
                    offset += dropped + count + 1;
                    searched = start;
                    dropped = 0;
                    continue;
                }

                if (end - start >= MaximumLine || (dropped > 0 && end > start))
                {
                    dropped += end - start;
                    (start, end) = (0, 0);
                }

                searched = end;
                if (end == buffer.Length)
                {
                    buffer = MakeRoom(buffer, start, end);
                    (start, end, searched) = (0, end - start, end - start);
                }

                int read = Read(store, stream, buffer, end);
                if (read == 0)
                {
                    break;
                }

                end += read;
            }

            if (dropped > 0 || end > start)
            {
                ArraySegment<byte> rest = dropped > 0 ? default : new(buffer, start, end - start);
                yield return new RawLine(++number, offset, rest, IsWhole: false, IsTooLong: dropped > 0);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Moves what is not read yet to the beginning; into a larger buffer if it fills this one.</summary>
    private static byte[] MakeRoom(byte[] buffer, int start, int end)
    {
        byte[] next = start > 0 ? buffer : ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        Buffer.BlockCopy(buffer, start, next, 0, end - start);
        if (next != buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return next;
    }

    /// <summary>The line without what an editor may have added: a byte order mark at the beginning, and a CR at the end.</summary>
    private static ArraySegment<byte> Text(byte[] buffer, int start, int count, long offset)
    {
        if (offset == 0 && buffer.AsSpan(start, count).StartsWith(Mark))
        {
            (start, count) = (start + Mark.Length, count - Mark.Length);
        }

        return new ArraySegment<byte>(
            buffer,
            start,
            count > 0 && buffer[start + count - 1] == (byte)'\r' ? count - 1 : count
        );
    }

    private static int Read(LedgerStore store, Stream stream, byte[] buffer, int at)
    {
        try
        {
            // A stream without a length is not a file: a device such as /dev/full or /dev/zero never ends.
            return stream.Position >= stream.Length ? 0 : stream.Read(buffer, at, buffer.Length - at);
        }
        catch (Exception exception) when (LedgerStore.IsFailure(exception))
        {
            throw store.Failed(LedgerFailure.Unreadable, exception);
        }
    }
}
