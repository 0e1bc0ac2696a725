using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PictifyPS.Tests;

/// <summary>A server that answers raw bytes, and then closes the connection: for what a well-behaved one never does.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, byte[]?> _answer;

    /// <param name="answer">From the request's first line to the bytes; null closes without a word.</param>
    public RawServer(Func<string, byte[]?> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public Uri BaseUri => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public ConcurrentQueue<string> Requests { get; } = new();

    public static byte[] Http(int status, string body, string type = "application/json", int? claimedLength = null) =>
        Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {claimedLength ?? Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"
        );

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception exception)
                when (exception is ObjectDisposedException or SocketException or InvalidOperationException)
            {
                return;
            }

            _ = Task.Run(() => AnswerAsync(client));
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            NetworkStream stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            string first = await reader.ReadLineAsync() ?? "";
            while (await reader.ReadLineAsync() is { Length: > 0 }) { }

            string line = first.Replace(" HTTP/1.1", "", StringComparison.Ordinal);
            Requests.Enqueue(line);
            if (_answer(line) is { } bytes)
            {
                await stream.WriteAsync(bytes);
            }
        }
    }
}
