using System.Net;
using System.Net.Http;

namespace Pictify.Sandbox;

/// <summary>A body that declares its length, sends half of it, and then closes the connection or stalls.</summary>
internal sealed class BrokenContent(byte[] body, bool stalls) : HttpContent
{
    protected override Task<Stream> CreateContentReadStreamAsync() =>
        Task.FromResult<Stream>(new HalfStream(body, stalls));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        new HalfStream(body, stalls).CopyToAsync(stream);

#if NET
    protected override Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    ) => new HalfStream(body, stalls).CopyToAsync(stream, cancellationToken);
#endif

    protected override bool TryComputeLength(out long length)
    {
        length = Math.Max(2, body.Length);
        return true;
    }

    private sealed class HalfStream(byte[] body, bool stalls) : Stream
    {
        private int _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) =>
            ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

        public override async Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        )
        {
            int left = Math.Min(count, (body.Length / 2) - _given);
            if (left > 0)
            {
                Array.Copy(body, _given, buffer, offset, left);
                _given += left;
                return left;
            }

            if (stalls)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
            }

            throw new IOException("The connection was closed before the answer had ended.");
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
