using System.Net.Http;

namespace Pictify.Http;

/// <summary>Reads a body whole, up to a limit: an answer without end must cost neither the memory nor the command.</summary>
internal static class BodyReader
{
    public static async Task<byte[]> ReadAsync(HttpContent? content, int limit, CancellationToken cancellationToken)
    {
        if (content is null)
        {
            return [];
        }

        long? declared = content.Headers.ContentLength;
        if (declared > limit)
        {
            throw TooLarge(limit);
        }

        using Stream stream = await Platform.ReadAsStreamAsync(content, cancellationToken).ConfigureAwait(false);
#if NETFRAMEWORK
        // This framework's response stream does not listen to the token; closing it is what ends a stalled read.
        using CancellationTokenRegistration registration = cancellationToken.Register(stream.Dispose);
#endif
        var buffer = new byte[declared is > 0 ? (int)declared : 16 * 1024];
        int filled = 0;
        try
        {
            while (true)
            {
                if (filled == buffer.Length)
                {
                    // Full: at the declared length one more read finds the end; else there is more to come.
                    var probe = new byte[1];
                    if (await stream.ReadAsync(probe, 0, 1, cancellationToken).ConfigureAwait(false) == 0)
                    {
                        return buffer;
                    }

                    if (buffer.Length >= limit)
                    {
                        throw TooLarge(limit);
                    }

                    Array.Resize(ref buffer, (int)Math.Min((long)buffer.Length * 2, limit));
                    buffer[filled++] = probe[0];
                }

                int read = await stream
                    .ReadAsync(buffer, filled, buffer.Length - filled, cancellationToken)
                    .ConfigureAwait(false);
                if (read == 0)
                {
                    if (filled < declared)
                    {
                        throw new IOException($"The body ended after {filled} of {declared} bytes");
                    }

                    Array.Resize(ref buffer, filled);
                    return buffer;
                }

                filled += read;
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
            $"The answer is larger than {limit / (1024 * 1024)} MB, which nothing of this API is; it was not read."
        );
}
