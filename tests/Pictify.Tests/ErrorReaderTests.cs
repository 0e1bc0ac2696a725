using System.Net.Http;
using System.Text;
using Pictify.Http;

namespace Pictify.Tests;

public sealed class ErrorReaderTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(400, PictifyErrorKind.Validation)]
    [InlineData(401, PictifyErrorKind.Unauthorized)]
    [InlineData(402, PictifyErrorKind.QuotaExceeded)]
    [InlineData(403, PictifyErrorKind.Forbidden)]
    [InlineData(404, PictifyErrorKind.NotFound)]
    [InlineData(409, PictifyErrorKind.Conflict)]
    [InlineData(410, PictifyErrorKind.Gone)]
    [InlineData(418, PictifyErrorKind.Validation)]
    [InlineData(422, PictifyErrorKind.Validation)]
    [InlineData(429, PictifyErrorKind.RateLimited)]
    [InlineData(500, PictifyErrorKind.Server)]
    [InlineData(501, PictifyErrorKind.FeatureUnavailable)]
    [InlineData(503, PictifyErrorKind.Server)]
    [InlineData(302, PictifyErrorKind.InvalidResponse)]
    public void The_status_tells_the_kind(int status, PictifyErrorKind kind) =>
        Assert.Equal(kind, Read(status, "").Kind);

    [Theory]
    [InlineData(
        """{"type":"https://docs.pictify.io/errors/rate-limit-exceeded","title":"T","status":400,"detail":"D"}""",
        "rate-limit-exceeded",
        "D"
    )]
    [InlineData("""{"error":"E","code":"c1"}""", "c1", "E")]
    [InlineData("""{"error":{"message":"M","code":"c2"}}""", "c2", "M")]
    [InlineData("""{"message":"M"}""", null, "M")]
    [InlineData("""{"message":"M","errors":["one","two"]}""", null, "M one; two")]
    [InlineData("""{"title":"T","errors":[{"field":"slug","message":"taken","code":"x"}]}""", null, "T slug: taken")]
    [InlineData(
        "<html><body>\n  <h1>502 Bad   Gateway</h1></body></html>",
        null,
        "<html><body> <h1>502 Bad Gateway</h1></body></html>"
    )]
    [InlineData("{ half a bod", null, "{ half a bod")]
    [InlineData("", null, null)]
    [InlineData("[]", null, "[]")]
    [InlineData("""{"error":null,"errors":5,"message":7}""", null, """{"error":null,"errors":5,"message":7}""")]
    public void Every_shape_is_read(string body, string? code, string? detail)
    {
        PictifyException error = Read(400, body);

        Assert.Equal(code, error.Code);
        Assert.Equal(detail, error.Detail);
    }

    [Fact]
    public void Field_errors_are_kept_apart()
    {
        PictifyException error = Read(422, """{"errors":[{"field":"slug","message":"taken","code":"dup"},"plain"]}""");

        Assert.Equal([new FieldError("slug", "taken", "dup"), new FieldError(null, "plain")], error.FieldErrors);
    }

    [Theory]
    [InlineData("7", 7.0)]
    [InlineData("0", 0.0)]
    [InlineData("1.5", 1.5)]
    [InlineData("Mon, 23 Nov 2026 12:00:30 GMT", 30.0)]
    [InlineData("Mon, 23 Nov 2026 11:00:00 GMT", 0.0)]
    [InlineData("soon", null)]
    [InlineData("-5", null)]
    public void Retry_After_is_read_in_both_forms(string text, double? seconds) =>
        Assert.Equal(
            seconds is { } s ? TimeSpan.FromSeconds(s) : null,
            Read(429, "", RequestKind.Read, ("Retry-After", text)).RetryAfter
        );

    [Fact]
    public void A_date_is_measured_by_the_servers_own_clock() =>
        Assert.Equal(
            TimeSpan.FromSeconds(20),
            Read(
                429,
                "",
                RequestKind.Read,
                ("Retry-After", "Mon, 23 Nov 2026 15:00:20 GMT"),
                ("Date", "Mon, 23 Nov 2026 15:00:00 GMT")
            ).RetryAfter
        );

    [Fact]
    public void A_body_may_carry_the_wait() =>
        Assert.Equal(TimeSpan.FromSeconds(9), Read(429, """{"retryAfter":9}""").RetryAfter);

    [Theory]
    [InlineData("Create", """{"code":"quota_exceeded"}""", "5", PictifyErrorKind.QuotaExceeded)]
    [InlineData("Create", "{}", null, PictifyErrorKind.QuotaExceeded)]
    [InlineData("Create", "{}", "5", PictifyErrorKind.RateLimited)]
    [InlineData("Transition", "{}", null, PictifyErrorKind.RateLimited)]
    [InlineData("Transition", """{"code":"quota_exceeded"}""", null, PictifyErrorKind.QuotaExceeded)]
    public void A_429_is_a_rate_limit_or_a_quota(
        string kind,
        string body,
        string? retryAfter,
        PictifyErrorKind expected
    ) =>
        Assert.Equal(
            expected,
            Read(429, body, Enum.Parse<RequestKind>(kind), retryAfter is null ? [] : [("Retry-After", retryAfter)]).Kind
        );

    [Fact]
    public void Long_and_hostile_bodies_are_shown_short_and_clean()
    {
        string detail = Read(502, "\u001b[31mred\u001b[0m " + new string('x', 100_000)).Detail!;

        Assert.DoesNotContain('\u001b', detail);
        Assert.InRange(detail.Length, 10, 210);
    }

    [Fact]
    public void The_request_id_is_kept() =>
        Assert.Equal("r-1", Read(500, "", RequestKind.Read, ("X-Request-Id", "r-1")).RequestId);

    private static PictifyException Read(
        int status,
        string body,
        RequestKind kind = RequestKind.Read,
        params (string Name, string Value)[] headers
    ) =>
        ErrorReader.Read(
            new ApiResponse(
                status,
                new ArraySegment<byte>(Encoding.UTF8.GetBytes(body)),
                "application/json",
                headers.ToDictionary(static h => h.Name, static h => h.Value, StringComparer.OrdinalIgnoreCase)
            ),
            new ApiRequest(kind, HttpMethod.Get, "x"),
            _now
        );
}
