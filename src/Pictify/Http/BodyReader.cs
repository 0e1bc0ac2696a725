using System.Buffers;
using System.Net.Http;

namespace Pictify.Http;

/// <summary>
/// Reads the body into a pooled buffer, up to a limit. If reading fails, the buffer is left to the garbage collector: a stream that was
/// disposed of during a read may still write to it.
/// </summary>
internal static class BodyReader
{
    public static async Task<ArraySegment<byte>> ReadAsync(
        HttpContent? content,
        int limit,
        CancellationToken cancellationToken
    )
    {
        if (content is null)
        {
            return new ArraySegment<byte>([]);
        }

        long? declared = content.Headers.ContentLength;
        if (declared > limit)
        {
            throw TooLarge(limit);
        }

        using Stream stream = await Platform.ReadAsStreamAsync(content, cancellationToken).ConfigureAwait(false);
#if !NET
        // On .NET Framework the response stream ignores the token; disposing it ends a stalled read.
        using CancellationTokenRegistration registration = cancellationToken.Register(stream.Dispose);
#endif
        byte[] buffer = ArrayPool<byte>.Shared.Rent(declared is > 0 ? (int)declared + 1 : 16 * 1024);
        int filled = 0;
        try
        {
            while (true)
            {
                if (filled == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    Array.Copy(buffer, larger, filled);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                int read = await stream
                    .ReadAsync(buffer, filled, buffer.Length - filled, cancellationToken)
                    .ConfigureAwait(false);
                if (read == 0)
                {
                    return filled < declared
                        ? throw new IOException($"The body ended after {filled} of {declared} bytes")
                        : new ArraySegment<byte>(buffer, 0, filled);
                }

                filled += read;
                if (filled > limit)
                {
                    throw TooLarge(limit);
                }
            }
        }
        catch (Exception exception)
            when (cancellationToken.IsCancellationRequested && exception is not OperationCanceledException)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
    }

    private static PictifyException TooLarge(int limit) =>
        new(
            PictifyErrorKind.InvalidResponse,
            $"The answer is larger than {limit / (1024 * 1024)} MB, and no answer of this API is that large; it was not read."
        );
}
