using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

/// <summary>No secret, no control character and no text without end comes out of an answer, wherever it stands there.</summary>
public sealed class SecretMaskTests
{
    private const string Key = "pk_test_Top+Secret/0123456789==";
    private const string WriteKey = "wk_Another~Secret_987";

    private static readonly string _hostile =
        string.Concat(Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(static c => (char)c))
        + "\u200B\u200E\u200F\u061C\u2028\u2029\u202A\u202E\u2066\u2069\u2060\uFEFF\uD800";

    public static TheoryData<string> Forms =>
        [
            Key,
            Key.ToUpperInvariant(),
            $"Bearer {Key}.",
            Uri.EscapeDataString(Key),
            Uri.EscapeDataString(Uri.EscapeDataString(Key)),
            Uri.EscapeDataString(Key).ToLowerInvariant(),
            string.Concat(Key.Select(static c => $"\\u{(int)c:x4}")),
            string.Concat(Key.Select(static c => $"\\\\u{(int)c:X4}")),
            string.Concat(Key.Select(static (c, i) => i % 2 == 0 ? $"\\u{(int)c:x4}" : $"{c}")),
            string.Concat(Key.Select(static c => $"\\x{(int)c:x2}")),
            string.Concat(Key.Select(static c => $"&#{(int)c};")),
            string.Concat(Key.Select(static c => $"&#x{(int)c:X};")),
            string.Concat(Key.Select(static c => $"%{(int)c:x2}")),
            Key.Replace("/", "\\/"),
            Encoded($"{Key}"),
            Encoded($"x{Key}x"),
            Encoded($"xx{Key}yy"),
            Encoded($"Authorization: Bearer {Key}\r\nHost: x"),
            Encoded($"user:{Key}").Replace('+', '-').Replace('/', '_'),
            Convert.ToHexString(Encoding.UTF8.GetBytes(Key)),
            Convert.ToHexString(Encoding.UTF8.GetBytes(Key)).ToLowerInvariant(),
            Key[..16] + "...",
        ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_secret_is_found_in_every_form(string form)
    {
        using var mask = new SecretMask();
        mask.Add(Encoding.UTF8.GetBytes(Key));

        foreach (string text in new[] { form, $"p{form}p", $"%\\&{form}\\", $"{form} and {form}" })
        {
            string shown = mask.Apply(text);

            Assert.DoesNotContain(Key[..12], Decoded(shown), StringComparison.OrdinalIgnoreCase);
            Assert.Contains("*****", shown, StringComparison.Ordinal);
            Assert.Equal(text.Length, shown.Length);
        }
    }

    [Theory]
    [InlineData("pk_test_ is a prefix, and \\u0070k_live_ and %70 and &#112; are texts")]
    [InlineData("%")]
    [InlineData("\\")]
    [InlineData("&#")]
    [InlineData("&#x;&#99999999999999;%zz\\uzzzz")]
    public void Other_texts_stay_as_they_are(string text)
    {
        using var mask = new SecretMask();
        mask.Add(Encoding.UTF8.GetBytes(Key));

        Assert.Equal(text, mask.Apply(text));
    }

    public static TheoryData<string, int> Places
    {
        get
        {
            var places = new TheoryData<string, int>();
            foreach (int status in new[] { 200, 202, 302, 400, 401, 402, 404, 409, 410, 422, 429, 500, 501 })
            {
                places.Add("page", status);
                places.Add("fields", status);
                places.Add("error", status);
                places.Add("list", status);
            }

            return places;
        }
    }

    /// <summary>Everything that an error has is looked through: itself, its causes, and what it knows of the answer.</summary>
    [Theory]
    [MemberData(nameof(Places))]
    public async Task No_answer_brings_the_key_or_a_control_character_into_an_error(string place, int status)
    {
        string echo = $"{Key} {_hostile} {new string('x', 5_000)}";
        string json = System.Text.Json.JsonSerializer.Serialize(echo);
        string body = place switch
        {
            "page" => $"<html>{echo}</html>",
            "fields" =>
                $$"""{"detail":{{json}},"title":{{json}},"code":{{json}},"requestId":{{json}},"errors":[{{string.Join(",", Enumerable.Repeat($$"""{"field":{{json}},"message":{{json}},"code":{{json}}}""", 60))}}]}""",
            "error" =>
                $$$"""{"error":{"message":{{{json}}},"code":{{{json}}}},"errors":[{{{json}}},{ {{{json}}}:1}]}""",
            _ => $$"""{"experiments":{ {{json}}:[{{json}}]},{{json}}:1}""",
        };
        var service = new FakeService(
            (_, _) =>
            {
                HttpResponseMessage answer = Answer(
                    status,
                    body,
                    "application/json",
                    ("X-Request-Id", $"{Key}\u001b[31m\u009b{new string('y', 5_000)}"),
                    ("Retry-After", "7200"),
                    ("Location", $"https://elsewhere/{Key}")
                );
                answer.Content.Headers.Remove("Content-Type");
                answer.Content.Headers.TryAddWithoutValidation(
                    "Content-Type",
                    $"text/{Key.Replace("/", "").Replace("=", "")}"
                );
                return answer;
            }
        );
        var told = new Told();
        var client = new PictifyClient(service.Connect(null, Key), told);

        foreach (
            Func<Task> call in new Func<Task>[]
            {
                () => client.GetAsync("e"),
                () => client.PauseAsync("e").Done(),
                () => client.CreateAsync(new Experiment { Name = "Hero", Slug = "hero" }).Done(),
                () => client.GetQuotaAsync(),
                () => client.ProbeAsync(default),
            }
        )
        {
            if (await Record.ExceptionAsync(call) is { } error)
            {
                Assert.IsType<PictifyException>(error);
                AssertHarmless(error);
            }
        }

        Assert.All(told.Texts, AssertHarmless);
    }

    /// <summary>Where the answer is the experiment itself, it is an object: what it holds has no key either.</summary>
    [Fact]
    public async Task An_experiment_that_repeats_the_key_comes_without_it()
    {
        string escaped = string.Concat(Key.Select(static c => $"\\u{(int)c:x4}"));
        var service = new FakeService(
            (_, _) =>
                Answer(
                    200,
                    $$$"""{"experiment":{"uid":"e","name":"{{{Key}}}","slug":"{{{escaped}}}","status":"paused"}}"""
                )
        );

        Experiment read = await new PictifyClient(service.Connect(null, Key)).GetAsync("e");

        Assert.Equal("e", read.Uid);
        Assert.DoesNotContain(Key, $"{read.Name} {read.Slug}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_key_is_hidden_as_the_api_key_is()
    {
        var service = new FakeService((_, _) => Answer(400, $$"""{"message":"Bad X-Write-Key: {{WriteKey}}"}"""));
        var request = new ApiRequest(RequestKind.Event, HttpMethod.Post, "s/events")
        {
            Authenticated = false,
            WriteKey = WriteKey,
        };

        var error = await Assert.ThrowsAsync<PictifyException>(() => service.Client().SendAsync(request, default));

        Assert.Contains("Bad X-Write-Key: ****", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(WriteKey, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxys_password_is_hidden_too()
    {
        var service = new FakeService(
            (_, _) => Answer(407, $"Proxy-Authorization: Basic {Encoded("user:hunter2-hunter2")}", "text/plain")
        );
        PictifyConnection connection = service.Connect(static options =>
            options with
            {
                ProxyCredential = new NetworkCredential("user", "hunter2-hunter2"),
            }
        );

        var error = await Assert.ThrowsAsync<PictifyException>(() => new PictifyClient(connection).GetAsync("e"));

        Assert.DoesNotContain("aHVudGVyMi1", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("****", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What is no HTTP at all is repeated by .NET in the text of its own exception.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nnot a header {0} \u001b[31m\r\n\r\n")]
    [InlineData("{0} is no status line \u001b[31m\r\n\r\n")]
    [InlineData("HTTP/1.1 {0} OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{0}\u001b[31m\r\n")]
    public async Task What_is_no_http_is_shown_without_the_key(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync(listener, string.Format(null, answer, Key));
        using var connection = new PictifyConnection(
            new PictifyConnectionOptions
            {
                BaseUri = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"),
                ApiKey = Secure(Key),
                MaximumRetryCount = 0,
                NoProxy = true,
            }
        );

        var error = await Assert.ThrowsAsync<PictifyException>(() => new PictifyClient(connection).GetAsync("e"));

        AssertHarmless(error);
        listener.Stop();
        await serving;
    }

    private static async Task ServeAsync(TcpListener listener, string answer)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                NetworkStream stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[4096]);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }

    private static void AssertHarmless(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            AssertHarmless(inner.Message);
            if (inner is PictifyException error)
            {
                foreach (string? text in new[] { error.Detail, error.Code, error.RequestId, error.ErrorId })
                {
                    AssertHarmless(text ?? "");
                }

                Assert.InRange(error.FieldErrors.Length, 0, 50);
                foreach (FieldError field in error.FieldErrors)
                {
                    AssertHarmless($"{field} {field.Code}");
                }
            }
        }
    }

    private static void AssertHarmless(string text)
    {
        Assert.InRange(text.Length, 0, 4_001);
        Assert.DoesNotContain(Key[..12], text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(text, static c => _hostile.Contains(c, StringComparison.Ordinal));
    }

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>The text, and what it becomes for whoever unescapes or decodes it.</summary>
    private static string Decoded(string text)
    {
        var all = new StringBuilder(text).AppendLine();
        all.AppendLine(Uri.UnescapeDataString(text)).AppendLine(Uri.UnescapeDataString(Uri.UnescapeDataString(text)));
        all.AppendLine(WebUtility.HtmlDecode(text)).AppendLine(text.Replace("\\/", "/"));
        all.AppendLine(
            System.Text.RegularExpressions.Regex.Replace(
                text,
                @"\\+(?:u00|x)([0-9a-fA-F]{2})",
                static match => $"{(char)Convert.ToInt32(match.Groups[1].Value, 16)}"
            )
        );
        foreach (string word in text.Split(' '))
        {
            string base64 = word.Replace('-', '+').Replace('_', '/').Replace('*', 'A');
            for (int start = 0; start < Math.Min(4, base64.Length); start++)
            {
                string part = base64[start..];
                var bytes = new byte[part.Length];
                if (Convert.TryFromBase64String(part[..(part.Length / 4 * 4)], bytes, out int written))
                {
                    all.AppendLine(Encoding.UTF8.GetString(bytes, 0, written));
                }
            }

            if (word.Length % 2 == 0 && word.All(char.IsAsciiHexDigit))
            {
                all.AppendLine(Encoding.UTF8.GetString(Convert.FromHexString(word)));
            }
        }

        return all.ToString();
    }

    private sealed class Told : IRequestObserver
    {
        public List<string> Texts { get; } = [];

        public void Retrying(string request, int attempt, string cause, TimeSpan wait) =>
            Texts.Add($"{request} {cause}");

        public void WaitingForRateLimit(DateTimeOffset until) { }

        public void Answered(string request, int? status, TimeSpan elapsed) => Texts.Add(request);
    }
}
