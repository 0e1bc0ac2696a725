using System.Net.Http;
using Pictify.Http;
using static Pictify.Tests.FakeService;

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
    [InlineData("<html><body>\n  <h1>502 Bad   Gateway</h1></body></html>", null, "an HTML page, '502 Bad Gateway'")]
    [InlineData(
        "\r\n<!DOCTYPE html>\n<html><head><title>Sign in &amp; go on</title></head></html>",
        null,
        "an HTML page, 'Sign in & go on'"
    )]
    [InlineData("<title>a &lt;b&gt; tag</title>", null, "an HTML page")]
    [InlineData("Bad gateway <html><body>x</body></html>", null, "an HTML page")]
    [InlineData("<?xml version=\"1.0\"?><Error>x</Error>", null, "an XML document")]
    [InlineData("""{"message":"<html><h1>Down</h1></html>"}""", null, "an HTML page, 'Down'")]
    [InlineData("""{"message":"M","errors":["<p>one</p>"]}""", null, "M an HTML page")]
    [InlineData("""{"message":"weight < 5 or <b>"}""", null, "weight < 5 or <b>")]
    [InlineData("""{"error":"Bad Request","message":"M","statusCode":400}""", null, "M")]
    [InlineData("""{"errors":["one","two"]}""", null, "one; two")]
    [InlineData("""{"message":"one","errors":["one"]}""", null, "one")]
    [InlineData("{}", null, null)]
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

    /// <summary>One situation a row, its two bodies, and what is made of both.</summary>
    [Theory]
    [InlineData(
        "Read",
        401,
        """{"type":"https://docs.pictify.io/errors/unauthorized","title":"Unauthorized","status":401,"detail":"Invalid Request"}""",
        """{"message":"Invalid Request"}""",
        PictifyErrorKind.Unauthorized,
        "The API key was refused (HTTP 401): it is malformed, revoked, or of another service. The service's message: Invalid Request."
    )]
    [InlineData(
        "Read",
        404,
        """{"title":"Not Found","status":404,"detail":"No such experiment."}""",
        """{"message":"No such experiment."}""",
        PictifyErrorKind.NotFound,
        "There is no such experiment, or it belongs to another team (HTTP 404). The service's message: No such experiment."
    )]
    [InlineData(
        "Read",
        501,
        """{"title":"Not configured","status":501,"detail":"Experiments are not configured."}""",
        """{"error":"Experiments are not configured."}""",
        PictifyErrorKind.FeatureUnavailable,
        "This account has no experiments feature (HTTP 501): the service no longer offers it here, or the base URI is not that "
            + "of Pictify's API. The service's message: Experiments are not configured."
    )]
    [InlineData(
        "Create",
        409,
        """{"title":"Conflict","status":409,"detail":"Slug 'hero' exists"}""",
        """{"error":"Slug 'hero' exists"}""",
        PictifyErrorKind.Conflict,
        "Another experiment has this slug (HTTP 409). The service's message: Slug 'hero' exists."
    )]
    [InlineData(
        "Idempotent",
        409,
        """{"type":"https://docs.pictify.io/errors/slug-taken","title":"Conflict","status":409}""",
        """{"message":"Conflict","code":"SLUG_TAKEN"}""",
        PictifyErrorKind.Conflict,
        "Another experiment has this slug (HTTP 409). The service's message: Conflict."
    )]
    [InlineData(
        "Transition",
        409,
        """{"title":"Conflict","status":409,"detail":"It is archived","currentStatus":"archived"}""",
        """{"message":"It is archived"}""",
        PictifyErrorKind.Conflict,
        "The experiment's present state does not allow this (HTTP 409). The service's message: It is archived."
    )]
    [InlineData(
        "Idempotent",
        400,
        """{"title":"Invalid","status":400,"errors":[{"field":"slug","message":"is reserved"},{"message":"name is missing"}]}""",
        """{"message":"Invalid","errors":["slug: is reserved","name is missing"]}""",
        PictifyErrorKind.Validation,
        "The service refused the request (HTTP 400). The service's message: Invalid slug: is reserved; name is missing."
    )]
    [InlineData(
        "Create",
        429,
        """{"type":"https://docs.pictify.io/errors/quota-exceeded","title":"Quota","status":429,"retryAfter":5}""",
        """{"error":"Quota","code":"quota_exceeded","retry_after":5}""",
        PictifyErrorKind.QuotaExceeded,
        "The plan's quota is used up (HTTP 429); trying again does not help. The service's message: Quota."
    )]
    [InlineData(
        "Create",
        429,
        """{"type":"https://docs.pictify.io/errors/rate-limit-exceeded","title":"Slow down","status":429}""",
        """{"message":"Slow down","code":"RATE_LIMIT_EXCEEDED"}""",
        PictifyErrorKind.RateLimited,
        "The API key's rate limit is spent (HTTP 429). The service's message: Slow down."
    )]
    [InlineData(
        "Read",
        410,
        """{"title":"Gone","status":410,"detail":"It has expired."}""",
        """{"error":"It has expired."}""",
        PictifyErrorKind.Gone,
        "It existed, and has expired (HTTP 410). The service's message: It has expired."
    )]
    public void Both_styles_say_the_same(
        string request,
        int status,
        string problem,
        string message,
        PictifyErrorKind kind,
        string expected
    )
    {
        foreach (string body in new[] { problem, message })
        {
            PictifyException error = ErrorReader.Read(
                Response(status, body),
                new ApiRequest(Enum.Parse<RequestKind>(request), HttpMethod.Get, "experiments/api/e"),
                _now
            );
            Assert.Equal((kind, status, expected), (error.Kind, error.StatusCode, error.Message));
        }
    }

    [Fact]
    public void Another_feature_that_is_missing_is_not_called_experiments() =>
        Assert.Equal(
            "The service does not offer this here (HTTP 501). The service's message: GIFs are not configured.",
            Read(501, """{"message":"GIFs are not configured."}""").Message
        );

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

    [Theory]
    [InlineData("""{"retryAfter":9}""", 9)]
    [InlineData("""{"retry_after":9}""", 9)]
    [InlineData("""{"retryAfter":9,"retry_after":8}""", 9)]
    [InlineData("""{"retryAfter":null,"retry_after":8.0}""", 8)]
    [InlineData("""{"retry_after":-1}""", null)]
    [InlineData("""{"retry_after":"soon"}""", null)]
    public void A_body_may_carry_the_wait(string body, int? seconds) =>
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, Read(429, body).RetryAfter);

    [Fact]
    public void The_header_comes_before_the_body() =>
        Assert.Equal(
            TimeSpan.FromSeconds(3),
            Read(429, """{"retry_after":9}""", RequestKind.Read, ("Retry-After", "3")).RetryAfter
        );

    [Theory]
    [InlineData("Create", """{"code":"quota_exceeded"}""", "5", PictifyErrorKind.QuotaExceeded)]
    [InlineData("Create", "{}", null, PictifyErrorKind.QuotaExceeded)]
    [InlineData("Create", "{}", "5", PictifyErrorKind.RateLimited)]
    [InlineData("Create", """{"code":"rate_limit_exceeded"}""", null, PictifyErrorKind.RateLimited)]
    [InlineData("Create", """{"code":"other"}""", null, PictifyErrorKind.QuotaExceeded)]
    [InlineData("Create", """{"retry_after":5}""", null, PictifyErrorKind.RateLimited)]
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
    ) => ErrorReader.Read(Response(status, body, headers), new ApiRequest(kind, HttpMethod.Get, "x"), _now);
}
