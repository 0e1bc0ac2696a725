using System.Net.Http;
using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

/// <summary>What an error says, which id it has, and whether anything after it could succeed.</summary>
public sealed class ErrorTextTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(PictifyErrorKind.InvalidArgument, "InvalidArgument", false)]
    [InlineData(PictifyErrorKind.Validation, "ValidationFailed", false)]
    [InlineData(PictifyErrorKind.Unauthorized, "KeyRefused", true)]
    [InlineData(PictifyErrorKind.Forbidden, "Forbidden", false)]
    [InlineData(PictifyErrorKind.NotFound, "ExperimentNotFound", false)]
    [InlineData(PictifyErrorKind.FeatureUnavailable, "FeatureUnavailable", true)]
    [InlineData(PictifyErrorKind.Conflict, "StateConflict", false)]
    [InlineData(PictifyErrorKind.Gone, "Expired", false)]
    [InlineData(PictifyErrorKind.RateLimited, "RateLimited", false)]
    [InlineData(PictifyErrorKind.QuotaExceeded, "QuotaExceeded", true)]
    [InlineData(PictifyErrorKind.Server, "ServiceFailed", false)]
    [InlineData(PictifyErrorKind.Network, "ConnectionFailed", false)]
    [InlineData(PictifyErrorKind.Timeout, "TimedOut", false)]
    [InlineData(PictifyErrorKind.WaitTimedOut, "WaitTimedOut", false)]
    [InlineData(PictifyErrorKind.InvalidResponse, "InvalidResponse", false)]
    [InlineData(PictifyErrorKind.Stopped, "Stopped", false)]
    [InlineData(PictifyErrorKind.ConnectionClosed, "ConnectionClosed", false)]
    [InlineData(PictifyErrorKind.UndoConflict, "UndoConflict", false)]
    [InlineData(PictifyErrorKind.NotSettled, "NotSettled", false)]
    public void A_kind_has_an_id_and_is_fatal_where_no_other_request_could_succeed(
        PictifyErrorKind kind,
        string id,
        bool isFatal
    )
    {
        var error = new PictifyException(kind, "It failed.");

        Assert.Equal((id, isFatal), (error.ErrorId, error.StopsBatch));

        // A change that may have been made is one thing more to look after, and no reason to leave the others.
        var open = new PictifyException(kind, "It failed.") { OutcomeUnknown = true, IsTooLong = true };
        Assert.Equal(("OutcomeUnknown", false), (open.ErrorId, open.StopsBatch));
        Assert.Equal(
            isFatal || kind == PictifyErrorKind.RateLimited,
            new PictifyException(kind, "It failed.") { IsTooLong = true }.StopsBatch
        );
    }

    [Theory]
    [InlineData(400, "experiments/api/e", true, "The service refused the request (HTTP 400).")]
    [InlineData(
        401,
        "experiments/api/e",
        true,
        "The API key was refused (HTTP 401): it is malformed, revoked, or of another service."
    )]
    [InlineData(402, "experiments/api/e", true, "The plan's quota is used up (HTTP 402); trying again does not help.")]
    [InlineData(403, "experiments/api/e", true, "The API key is valid, but not allowed to do this (HTTP 403).")]
    [InlineData(
        404,
        "experiments/api/e",
        true,
        "There is no such experiment, or it belongs to another team (HTTP 404)."
    )]
    [InlineData(404, "s/hero.png", false, "There is nothing at this address (HTTP 404).")]
    [InlineData(408, "experiments/api/e", true, "The service failed (HTTP 408).")]
    [InlineData(409, "experiments/api/e", true, "The experiment's present state does not allow this (HTTP 409).")]
    [InlineData(410, "experiments/api/e", true, "It existed, and has expired (HTTP 410).")]
    [InlineData(429, "experiments/api/e", true, "The API key's rate limit is spent (HTTP 429).")]
    [InlineData(429, "s/events", false, "The rate limit of public requests is spent (HTTP 429).")]
    [InlineData(
        501,
        "experiments/api/e",
        true,
        "This account has no experiments feature (HTTP 501): the service no longer offers it here, or the base URI is not that of Pictify's API."
    )]
    [InlineData(501, "image", true, "The service does not offer this here (HTTP 501).")]
    [InlineData(503, "experiments/api/e", true, "The service failed (HTTP 503).")]
    [InlineData(
        302,
        "experiments/api/e",
        true,
        "The service answered with a redirect (HTTP 302), which is not followed: the API key would be sent to another address. Check the connection's base URI."
    )]
    [InlineData(418, "experiments/api/e", true, "The service refused the request (HTTP 418).")]
    public void A_status_is_told_in_words(int status, string path, bool isAuthenticated, string message) =>
        Assert.Equal(message, Read(status, "", path, isAuthenticated).Message);

    [Theory]
    [InlineData(null, "")]
    [InlineData(404, " (HTTP 404)")]
    public void A_missing_feature_names_its_status(int? status, string shown)
    {
        string message = ErrorReader.FeatureUnavailable(status);

        Assert.StartsWith($"This account has no experiments feature{shown}: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_has_all_that_its_answer_tells()
    {
        PictifyException error = Read(
            429,
            """{"code":"rate_limit","message":"Slow down","requestId":"r-1","errors":[{"field":"a","message":"b"}]}""",
            headers: ("Retry-After", "7")
        );

        Assert.Equal((429, "rate_limit", "Slow down a: b"), (error.StatusCode, error.Code, error.Detail));
        Assert.Equal((TimeSpan.FromSeconds(7), _now.AddSeconds(7)), (error.RetryAfter, error.RetryAtMoment));
        Assert.Equal(_now.AddSeconds(7).LocalDateTime, error.RetryAt);
        Assert.Equal("r-1", error.RequestId);
        Assert.Equal(new FieldError("a", "b", null), Assert.Single(error.FieldErrors));
        Assert.Null(Read(429, "").RetryAt);
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(7, false)]
    [InlineData(8, false)]
    [InlineData(null, false)]
    public void A_wait_beyond_the_connections_limit_is_too_long(int? limit, bool isTooLong) =>
        Assert.Equal(
            isTooLong,
            ErrorReader
                .Read(
                    Response(429, "", ("Retry-After", "7")),
                    new ApiRequest(RequestKind.Read, HttpMethod.Get, "x"),
                    _now,
                    limit is { } seconds ? TimeSpan.FromSeconds(seconds) : null
                )
                .IsTooLong
        );

    [Theory]
    [InlineData("X-Request-Id")]
    [InlineData("Request-Id")]
    [InlineData("X-Correlation-Id")]
    public void A_request_has_an_id_in_any_of_three_headers(string name)
    {
        Assert.Equal("id-1", Read(500, """{"requestId":"body"}""", headers: (name, " id-1\u0007")).RequestId);
        Assert.Equal("id-1", ErrorReader.UnexpectedResponse(Response(200, "", (name, "id-1")), "is odd").RequestId);
    }

    [Theory]
    [InlineData("", "application/json", "The answer (HTTP 200, application/json) is odd. Its body is empty.")]
    [InlineData("plain words", null, "The answer (HTTP 200, no content type) is odd. It begins: plain words")]
    [InlineData(
        "<html><title>Sign in</title>",
        "text/html",
        "The answer (HTTP 200, text/html) is odd. It is an HTML page, 'Sign in'."
    )]
    [InlineData("<?xml?><a/>", "text/xml", "The answer (HTTP 200, text/xml) is odd. It is an XML document.")]
    public void A_success_that_is_not_this_APIs_is_shown(string body, string? type, string message)
    {
        var cause = new FormatException("bad");
        PictifyException error = ErrorReader.UnexpectedResponse(
            Response(200, body) with
            {
                ContentType = type,
            },
            "is odd",
            cause
        );

        Assert.Equal(message, error.Message);
        Assert.Equal((PictifyErrorKind.InvalidResponse, 200), (error.Kind, error.StatusCode));
        Assert.Same(cause, error.InnerException);
    }

    [Theory]
    [InlineData("No.", "It failed. The service's message: No.")]
    [InlineData("No", "It failed. The service's message: No.")]
    [InlineData("an HTML page, 'Down'", "It failed. It sent an HTML page, 'Down'.")]
    [InlineData("an XML document", "It failed. It sent an XML document.")]
    [InlineData("an XML documentary", "It failed. The service's message: an XML documentary.")]
    [InlineData(null, "It failed.")]
    public void The_services_words_follow_the_clients(string? said, string message) =>
        Assert.Equal(message, ErrorReader.WithWords("It failed.", said));

    [Fact]
    public void An_error_that_is_said_in_another_way_keeps_what_it_knows()
    {
        var error = new PictifyException(PictifyErrorKind.Server, "It failed.")
        {
            StatusCode = 503,
            Code = "c",
            Detail = "d",
            FieldErrors = [new FieldError("f", "m")],
            RetryAfter = TimeSpan.FromSeconds(1),
            RetryAtMoment = _now,
            RequestId = "r",
            IsTooLong = true,
            IsUnreachable = true,
        };

        foreach (
            PictifyException other in new[]
            {
                error.As(PictifyErrorKind.Conflict, "Otherwise."),
                error.As(PictifyErrorKind.Conflict, "Otherwise.", "c"),
                error.AsUnknownOutcome("Otherwise.", RequestKind.Create),
            }
        )
        {
            Assert.Equal("Otherwise.", other.Message);
            Assert.Same(error, other.InnerException);
            Assert.Equal((503, "c", "d", "r"), (other.StatusCode, other.Code, other.Detail, other.RequestId));
            Assert.Same(error.FieldErrors, other.FieldErrors);
            Assert.Equal((TimeSpan.FromSeconds(1), _now), (other.RetryAfter, other.RetryAtMoment));
            Assert.Equal((true, true), (other.IsTooLong, other.IsUnreachable));
        }

        PictifyException open = error.AsUnknownOutcome("Open.", RequestKind.Create);
        Assert.Equal((true, RequestKind.Create, PictifyErrorKind.Server), (open.OutcomeUnknown, open.Asked, open.Kind));
        PictifyException said = open.As(PictifyErrorKind.Conflict, "Said.", "mine");
        Assert.Equal((true, RequestKind.Create, "mine"), (said.OutcomeUnknown, said.Asked, said.Code));
        Assert.Equal(PictifyErrorKind.Conflict, said.Kind);
    }

    /// <summary>The most characters of all errors of single fields in one message, and the most such errors.</summary>
    [Fact]
    public void Many_errors_of_fields_are_cut()
    {
        string[] many =
        [
            .. Enumerable.Range(0, 60).Select(static n => $"\"field {n} is wrong in a way that takes words\""),
        ];

        PictifyException error = Read(400, $$"""{"message":"M","errors":[{{string.Join(",", many)}}]}""");

        Assert.Equal(50, error.FieldErrors.Length);
        Assert.InRange(error.Detail!.Length, 1_000, 1_004);
    }

    [Theory]
    [InlineData("""{"errors":[{"path":"slug","message":"taken"}]}""", "slug", "taken", null)]
    [InlineData("""{"errors":[{"field":"a","path":"b","message":"m","code":"c"}]}""", "a", "m", "c")]
    [InlineData("""{"errors":[{"code":"dup"}]}""", null, "dup", "dup")]
    [InlineData("""{"errors":[{"other":1}]}""", null, """{"other":1}""", null)]
    public void An_error_of_a_field_is_read_in_each_of_its_forms(
        string body,
        string? field,
        string message,
        string? code
    ) => Assert.Equal(new FieldError(field, message, code), Assert.Single(Read(400, body).FieldErrors));

    [Theory]
    [InlineData("""{"errors":[5,null,""," "]}""")]
    [InlineData("""{"errors":{}}""")]
    public void What_is_no_error_of_a_field_is_left_out(string body) => Assert.Empty(Read(400, body).FieldErrors);

    [Theory]
    [InlineData("""{"type":"https://docs.pictify.io/errors/slug-taken"}""", "slug-taken")]
    [InlineData("""{"type":"a/b"}""", "b")]
    [InlineData("""{"type":"/b"}""", null)]
    [InlineData("""{"type":"about:blank"}""", null)]
    [InlineData("""{"type":"a/b","code":"c"}""", "c")]
    [InlineData("""{"error":{"code":"inner"},"code":"outer"}""", "outer")]
    [InlineData("""{"error":{"code":"inner"}}""", "inner")]
    public void A_code_is_the_services_own_or_the_end_of_its_problem_type(string body, string? code) =>
        Assert.Equal(code, Read(400, body).Code);

    [Theory]
    [InlineData(" {\"message\":\"M\"}")]
    [InlineData("\n{\"message\":\"M\"}")]
    [InlineData("\r{\"message\":\"M\"}")]
    [InlineData("\t{\"message\":\"M\"}")]
    public void A_body_may_begin_with_white_space(string body) => Assert.Equal("M", Read(400, body).Detail);

    [Theory]
    [InlineData(ExperimentStatus.Draft, "draft", "From this status it can change to: running.")]
    [InlineData(
        ExperimentStatus.Completed,
        "completed",
        "An experiment with that status cannot change to another one."
    )]
    public void What_a_status_does_not_allow_is_told_with_what_it_does(
        ExperimentStatus status,
        string text,
        string next
    )
    {
        var present = new Experiment { Uid = "e", StatusText = text };
        Assert.Equal(status, present.Status);

        Assert.StartsWith(
            $"It is '{text}', and the service refuses to pause it. {next}",
            ChangeErrors.NotAllowed(present, "pause").Message,
            StringComparison.Ordinal
        );
        var conflict = new PictifyException(PictifyErrorKind.Conflict, "x") { Detail = "No", StatusCode = 409 };
        PictifyException refused = ChangeErrors.Refused(conflict, present, "pause");
        Assert.Equal(
            $"It is '{text}', and the service refused to pause it (HTTP 409). {next} The service's message: No.",
            refused.Message
        );
        Assert.Equal((PictifyErrorKind.Conflict, 409), (refused.Kind, refused.StatusCode));
    }

    [Fact]
    public void What_the_client_refuses_is_told()
    {
        Assert.Equal(
            ("It is a draft, which was never started; nothing was sent.", "never_started", PictifyErrorKind.Conflict),
            Told(ChangeErrors.NeverStarted())
        );
        Assert.Equal(
            ("It is running, and a running experiment is not removed.", "still_running", PictifyErrorKind.Conflict),
            Told(ChangeErrors.StillRunning())
        );
        Assert.Equal(
            (
                "It is running, and a running experiment is not removed (HTTP 409). The service's message: No.",
                "still_running",
                PictifyErrorKind.Conflict
            ),
            Told(ChangeErrors.StillRunning(new PictifyException(PictifyErrorKind.Conflict, "x") { Detail = "No" }))
        );
        Assert.Equal(
            ("It is completed, with the winner 'a'. That is final.", null, PictifyErrorKind.Conflict),
            Told(ChangeErrors.OtherWinner("a"))
        );
        var present = new Experiment { Variants = [new Variant { Id = "a" }, new Variant { Id = "b" }] };
        Assert.Equal(
            (
                $"It has no variant 'c\uFFFD'; nothing was sent. Its variants are: {present.Variants[0]}, {present.Variants[1]}.",
                null,
                PictifyErrorKind.InvalidArgument
            ),
            Told(ChangeErrors.NoSuchVariant(present, "c\u0007"))
        );

        static (string, string?, PictifyErrorKind) Told(PictifyException error) =>
            (error.Message, error.Code, error.Kind);
    }

    [Theory]
    [InlineData(
        ChangeKind.Pause,
        "draft",
        "It is 'draft', and the service refuses to pause it. From this status it can change to: running."
    )]
    [InlineData(
        ChangeKind.Start,
        "completed",
        "It is 'completed', and the service refuses to start it. An experiment with that status cannot change to another one."
    )]
    [InlineData(
        ChangeKind.Resume,
        "completed",
        "It is 'completed', and the service refuses to start it. An experiment with that status cannot change to another one."
    )]
    [InlineData(
        ChangeKind.Complete,
        "draft",
        "It is 'draft', and the service refuses to complete it. From this status it can change to: running."
    )]
    [InlineData(ChangeKind.Resume, "draft", "It is a draft, which was never started; nothing was sent.")]
    [InlineData(ChangeKind.Remove, "running", "It is running, and a running experiment is not removed.")]
    [InlineData(ChangeKind.Edit, "completed", null)]
    [InlineData(ChangeKind.Pause, "running", null)]
    [InlineData(ChangeKind.Pause, "paused", null)]
    public void A_change_that_would_be_refused_says_so_beforehand(ChangeKind kind, string status, string? message)
    {
        var present = new Experiment { StatusText = status, Variants = [new Variant { Id = "a" }] };

        string? told = ChangePreview.GetRefusal(kind, present, "a")?.Message;

        Assert.Equal(message, told?.Replace(", archived", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Broken_rules_are_one_error_that_names_each()
    {
        FieldError[] errors = [new("slug", "is taken"), new("name", "is empty")];

        Assert.Null(ChangePreview.Broken("It breaks rules.", []));
        PictifyException error = ChangePreview.Broken("It breaks rules.", errors)!;
        Assert.Equal("It breaks rules. slug: is taken; name: is empty.", error.Message);
        Assert.Equal(PictifyErrorKind.Validation, error.Kind);
        Assert.Same(errors, error.FieldErrors);
    }

    private static PictifyException Read(
        int status,
        string body,
        string path = "experiments/api/e",
        bool isAuthenticated = true,
        params (string Name, string Value)[] headers
    ) =>
        ErrorReader.Read(
            Response(status, body, headers),
            new ApiRequest(RequestKind.Read, HttpMethod.Get, path) { Authenticated = isAuthenticated },
            _now
        );
}
