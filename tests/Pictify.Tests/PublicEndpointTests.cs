using System.Net.Http;
using System.Text;
using Pictify.Http;

namespace Pictify.Tests;

/// <summary>Visitors' events and images: public endpoints, which never get the key.</summary>
public sealed class PublicEndpointTests
{
    private static readonly Dictionary<string, object?> _view = new() { ["type"] = "view" };

    [Fact]
    public async Task Events_are_sent_with_their_write_key_and_without_the_api_key()
    {
        HttpRequestMessage? sent = null;
        string? body = null;
        var service = new FakeService(
            (request, _) =>
            {
                sent = request;
                body = request.Content!.ReadAsStringAsync().GetAwaiter().GetResult();
                return FakeService.Answer(200, """{"processed":1,"warning":"write_key_recommended"}""");
            }
        );

        (EventBatchResult? result, ExperimentChange change) = await service
            .Client()
            .SendEventsAsync([_view], "wk_1", default);

        Assert.Equal(["POST /s/events"], service.Requests);
        Assert.Equal("""[{"type":"view"}]""", body);
        Assert.Equal("wk_1", Assert.Single(sent!.Headers.GetValues("X-Write-Key")));
        Assert.Null(sent.Headers.Authorization);
        Assert.DoesNotContain(sent.Headers, static h => h.Key.StartsWith("X-Pictify", StringComparison.Ordinal));
        Assert.Equal((1, "write_key_recommended"), (result!.Processed, result.Warning));
        Assert.Empty(result.Refused);
        Assert.Equal(ChangeOutcome.Changed, change.Outcome);
    }

    [Fact]
    public async Task Events_without_a_write_key_have_no_such_header()
    {
        var service = new FakeService(
            (request, _) => FakeService.Answer(request.Headers.Contains("X-Write-Key") ? 400 : 200, "{}")
        );

        (EventBatchResult? result, _) = await service.Client().SendEventsAsync([_view, _view], null, default);

        // Where the service counts none, those that it did not refuse were processed.
        Assert.Equal((2, null), (result!.Processed, result.Warning));
    }

    [Fact]
    public async Task Refused_events_are_told_by_their_place()
    {
        EventBatchResult result = await SendAsync(
            3,
            """
            {"errors":[{"index":0,"error":"no type"},{"index":2,"error":7},{"index":1},{"index":3,"error":"beyond"},{"index":-1},{"index":"0"},5]}
            """
        );

        Assert.Equal(
            [new RefusedEvent(0, "no type"), new RefusedEvent(2, "7"), new RefusedEvent(1, "")],
            result.Refused
        );
        Assert.Equal(0, result.Processed);
        Assert.Equal(2, (await SendAsync(3, """{"processed":2,"errors":"none"}""")).Processed);
        Assert.Equal(3, (await SendAsync(3, """{"processed":"2","warning":5}""")).Processed);
    }

    [Fact]
    public async Task What_the_service_says_of_an_event_is_short_and_clean()
    {
        string words = "\\u001b[31m" + new string('x', 500);
        EventBatchResult result = await SendAsync(
            1,
            $$"""{"errors":[{"index":0,"error":"{{words}}"}],"warning":"{{words}}"}"""
        );

        foreach (string said in new[] { result.Refused[0].Message, result.Warning! })
        {
            Assert.DoesNotContain('\u001b', said);
            Assert.InRange(said.Length, 200, 201);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("<html>")]
    public async Task An_answer_that_does_not_tell_leaves_the_batch_open(string body)
    {
        var service = new FakeService((_, _) => FakeService.Answer(200, body));

        (EventBatchResult? result, ExperimentChange change) = await service
            .Client()
            .SendEventsAsync([_view], null, default);

        Assert.Null(result);
        Assert.Equal((ChangeOutcome.Unknown, "OutcomeUnknown"), (change.Outcome, change.Error!.ErrorId));
        Assert.Contains("does not show what happened to the request", change.Error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Whether the change was made is not known.", change.Error.Message, StringComparison.Ordinal);
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task A_batch_that_is_refused_was_not_counted()
    {
        var service = new FakeService((_, _) => FakeService.Answer(400, """{"message":"No."}"""));

        (EventBatchResult? result, ExperimentChange change) = await service
            .Client()
            .SendEventsAsync([_view], null, default);

        Assert.Null(result);
        Assert.Equal((ChangeOutcome.Failed, "ValidationFailed"), (change.Outcome, change.Error!.ErrorId));
    }

    [Fact]
    public async Task A_write_key_that_comes_back_is_not_shown()
    {
        var fields = new Dictionary<string, object?>(_view) { ["writeKey"] = "wk_in_the_event" };
        var service = new FakeService(
            (_, _) => FakeService.Answer(400, """{"message":"wk_in_the_header and wk_in_the_event are none"}""")
        );

        (_, ExperimentChange change) = await service.Client().SendEventsAsync([fields], "wk_in_the_header", default);

        Assert.DoesNotContain("wk_in", change.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_is_what_the_public_address_gives()
    {
        var service = new FakeService(
            (request, _) =>
                request.Headers.Authorization is null
                    ? FakeService.Answer(200, "bytes", "image/png", ("X-Variant-Id", "a\u0007"))
                    : FakeService.Answer(400)
        );

        ExperimentImage image = await service.Client().GetImageAsync("hero", "PNG", default);

        Assert.Equal(["GET /s/hero.png"], service.Requests);
        Assert.Equal("bytes", Encoding.UTF8.GetString(image.Bytes.AsSpan()));
        Assert.Equal(("image/png", null, "a\uFFFD"), (image.ContentType, image.RedirectTarget, image.VariantId));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirect_of_an_image_is_followed_once(int status)
    {
        var service = new FakeService(
            (request, _) =>
                request.RequestUri!.Host == "cdn.example"
                    ? FakeService.Answer(200, "bytes", "IMAGE/GIF")
                    : FakeService.Answer(
                        status,
                        "",
                        "text/plain",
                        ("Location", "https://cdn.example/a.gif?x=1"),
                        ("X-Variant-Id", "a")
                    )
        );

        ExperimentImage image = await service.Client().GetImageAsync("hero", "gif", default);

        Assert.Equal(["GET /s/hero.gif", "GET /a.gif?x=1"], service.Requests);
        Assert.Equal(("IMAGE/GIF", "a"), (image.ContentType, image.VariantId));
        Assert.Equal(new Uri("https://cdn.example/a.gif?x=1"), image.RedirectTarget);
    }

    [Theory]
    [InlineData(null, "https://api.pictify.io/")]
    [InlineData("http://cdn.example/a.png", "https://api.pictify.io/")]
    [InlineData("http://localhost/a.png", "https://api.pictify.io/")]
    [InlineData("http://cdn.example/a.png", "http://localhost:8080/")]
    [InlineData("ftp://localhost/a.png", "http://localhost:8080/")]
    [InlineData("http://[", "https://api.pictify.io/")]
    public async Task A_redirect_to_where_it_could_be_read_along_is_not_followed(string? location, string service)
    {
        var fake = new FakeService(
            (_, _) => FakeService.Answer(302, "", "text/plain", location is null ? [] : [("Location", location)])
        );
        using PictifyConnection connection = fake.Connect(options => options with { BaseUri = new Uri(service) });

        Exception? error = await Record.ExceptionAsync(() =>
            new PictifyClient(connection).GetImageAsync("hero", "png", default)
        );

        // Without a location the address is the service's own, which redirects again and is no image.
        string expected = location is null ? "is no image" : "redirects to no https address";
        Assert.Contains(expected, Assert.IsType<PictifyException>(error).Message, StringComparison.Ordinal);
        Assert.Equal(location is null ? 2 : 1, fake.Requests.Count);
    }

    [Theory]
    [InlineData("http://localhost:9000/a.png", "http://127.0.0.1:8080/")]
    [InlineData("/other.png", "https://api.pictify.io/")]
    public async Task A_redirect_within_this_machine_or_the_service_is_followed(string location, string service)
    {
        var fake = new FakeService(
            (_, number) =>
                number == 1
                    ? FakeService.Answer(302, "", "text/plain", ("Location", location))
                    : FakeService.Answer(200, "bytes", "image/png")
        );
        using PictifyConnection connection = fake.Connect(options => options with { BaseUri = new Uri(service) });

        ExperimentImage image = await new PictifyClient(connection).GetImageAsync("hero", "png", default);

        Assert.Equal(new Uri(connection.BaseUri, location), image.RedirectTarget);
    }

    [Theory]
    [InlineData(200, "text/html")]
    [InlineData(200, "application/images")]
    public async Task What_is_no_image_is_an_error(int status, string type)
    {
        var service = new FakeService((_, _) => FakeService.Answer(status, "x", type));

        var error = await Assert.ThrowsAsync<PictifyException>(() =>
            service.Client().GetImageAsync("hero", "png", default)
        );

        Assert.Equal($"The answer (HTTP {status}, {type}) is no image. It begins: x", error.Message);
    }

    private static async Task<EventBatchResult> SendAsync(int count, string body)
    {
        var service = new FakeService((_, _) => FakeService.Answer(200, body));
        return (await service.Client().SendEventsAsync([.. Enumerable.Repeat(_view, count)], null, default)).Result!;
    }
}
