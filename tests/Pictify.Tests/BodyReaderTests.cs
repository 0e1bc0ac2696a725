using System.Net.Http;
using System.Text;
using Pictify.Http;

namespace Pictify.Tests;

/// <summary>Bodies as they come from a network: in pieces, without a length, too short, too long.</summary>
public sealed class BodyReaderTests
{
    /// <summary>Whoever rents the buffer next writes to it.</summary>
    [Fact]
    public async Task An_answer_that_was_recycled_has_no_body_any_more()
    {
        ArraySegment<byte> body = await BodyReader.ReadAsync(new StringContent("a page"), 100, default);
        var answer = new ApiResponse(200, body, null, new Dictionary<string, string>());
        Assert.Equal("a page", Encoding.UTF8.GetString(answer.Body));

        answer.Recycle();
        answer.Recycle();

        Assert.Equal(0, answer.Body.Count);
    }

    private const int Limit = 2 * 1024 * 1024;

    /// <summary>A buffer that is rented has at least so many bytes: bodies around it need a second one.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024 - 1)]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(100_000)]
    [InlineData(Limit)]
    public async Task A_body_is_read_whole_with_its_length_and_without(int length)
    {
        byte[] body = Bytes(length);

        Assert.Equal(body, await ReadAsync(new Pieces(body, body.Length), declared: length));
        Assert.Equal(body, await ReadAsync(new Pieces(body, 1_000), declared: length));
        Assert.Equal(body, await ReadAsync(new Pieces(body, 1_000), declared: null));
    }

    [Fact]
    public async Task No_content_is_an_empty_body() =>
        Assert.Equal(0, (await BodyReader.ReadAsync(null, Limit, CancellationToken.None)).Count);

    [Fact]
    public async Task A_body_that_ends_before_its_length_is_an_error_that_tells_both()
    {
        var error = await Assert.ThrowsAsync<IOException>(() =>
            ReadAsync(new Pieces(Bytes(3_000), 1_000), declared: 5_000)
        );

        Assert.Equal("The body ended after 3000 of 5000 bytes", error.Message);
    }

    [Fact]
    public async Task A_length_beyond_the_limit_is_refused_before_anything_is_read()
    {
        var stream = new Pieces(Bytes(10), 10);

        var error = await Assert.ThrowsAsync<PictifyException>(() => ReadAsync(stream, declared: Limit + 1));

        Assert.Equal(PictifyErrorKind.InvalidResponse, error.Kind);
        Assert.Equal(
            "The answer is larger than 2 MB, and no answer of this API is that large; it was not read.",
            error.Message
        );
        Assert.Equal(0, stream.Given);
    }

    [Fact]
    public async Task A_body_that_grows_beyond_the_limit_is_refused_as_soon_as_it_does()
    {
        var stream = new Pieces(Bytes(Limit * 2), 1_000);

        var error = await Assert.ThrowsAsync<PictifyException>(() => ReadAsync(stream, declared: null));

        Assert.Equal(PictifyErrorKind.InvalidResponse, error.Kind);
        Assert.InRange(stream.Given, Limit + 1, Limit + 1_000);
    }

    /// <summary>A stream that is closed to end a read throws what it likes.</summary>
    [Fact]
    public async Task Whatever_a_canceled_read_throws_it_is_canceled()
    {
        using var cancel = new CancellationTokenSource();
        var stream = new Pieces(Bytes(5_000), 1_000)
        {
            Failing = () =>
            {
                cancel.Cancel();
                return new IOException("closed");
            },
        };

        var canceled = await Assert.ThrowsAsync<OperationCanceledException>(() =>
            ReadAsync(stream, declared: null, cancel.Token)
        );

        Assert.Equal(cancel.Token, canceled.CancellationToken);
        Assert.IsType<IOException>(canceled.InnerException);
    }

    [Fact]
    public async Task A_read_that_fails_by_itself_fails_as_it_does()
    {
        var stream = new Pieces(Bytes(5_000), 1_000) { Failing = static () => new IOException("reset") };

        Assert.Equal("reset", (await Assert.ThrowsAsync<IOException>(() => ReadAsync(stream, declared: null))).Message);
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(static n => (byte)(n * 31))];

    private static async Task<byte[]> ReadAsync(
        Stream stream,
        int? declared,
        CancellationToken cancellationToken = default
    )
    {
        using var content = new StreamContent(stream);
        content.Headers.ContentLength = declared;
        return [.. await BodyReader.ReadAsync(content, Limit, cancellationToken)];
    }

    /// <summary>Gives a body a piece at a time, as a network does, and cannot tell its length.</summary>
    private sealed class Pieces(byte[] body, int piece) : ReadOnlyStream
    {
        public int Given { get; private set; }

        /// <summary>What the second read fails with.</summary>
        public Func<Exception>? Failing { get; init; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (Given > 0 && Failing is not null)
            {
                throw Failing();
            }

            int length = Math.Min(Math.Min(piece, count), body.Length - Given);
            Array.Copy(body, Given, buffer, offset, length);
            Given += length;
            return length;
        }
    }
}
