using System.Text;
using Pictify.Http;
using static Pictify.Tests.FakeService;

namespace Pictify.Tests;

/// <summary>What an error message shows of a body, and what a list's address and an answer say.</summary>
public sealed class BodyExcerptTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData(" \r\n\t", null)]
    [InlineData("some  words\n\u0007here", "some words here")]
    [InlineData("<html><title>Down</title></html>", "an HTML page, 'Down'")]
    [InlineData("<!DOCTYPE html><p>x", "an HTML page")]
    [InlineData("<!-- x --><p>", "an HTML page")]
    [InlineData("<P>x</P>", "an HTML page")]
    [InlineData("\uFEFF \t\r\n<p>x</p>", "an HTML page")]
    [InlineData("words <HTML>", "an HTML page")]
    [InlineData("words <body class='a'>", "an HTML page")]
    [InlineData("words <head\n>", "an HTML page")]
    [InlineData("words <!doctype html>", "an HTML page")]
    [InlineData("words <bodyguard>", "words <bodyguard>")]
    [InlineData("words <p>", "words <p>")]
    [InlineData("<5 items", "<5 items")]
    [InlineData("<?xml version='1.0'?><a/>", "an XML document")]
    [InlineData("<?XML version='1.0'?><a/>", "an XML document")]
    [InlineData("<?xml version='1.0'?><html><h1>Down</h1></html>", "an HTML page, 'Down'")]
    [InlineData("<title>  </title>", "an HTML page")]
    [InlineData("<title>a</title><h1>b</h1>", "an HTML page, 'a'")]
    [InlineData("<h1 class='x'>502 Bad Gateway</h1>", "an HTML page, '502 Bad Gateway'")]
    [InlineData("<title>a &amp; b</title>", "an HTML page, 'a & b'")]
    [InlineData("<title>a &lt;b</title>", "an HTML page")]
    public void A_body_is_shown_as_words_or_described_as_a_page(string body, string? shown)
    {
        Assert.Equal(shown, BodyExcerpt.Of(new ArraySegment<byte>(Encoding.UTF8.GetBytes(body))));
        Assert.Equal(shown, BodyExcerpt.Of(body, BodyExcerpt.MaximumLength));
        Assert.Equal(
            shown?.StartsWith("an HTML", StringComparison.Ordinal) == true || shown == "an XML document",
            shown is not null && BodyExcerpt.IsPage(shown)
        );
    }

    [Fact]
    public void A_bodys_excerpt_begins_where_its_segment_begins()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("before words");

        Assert.Equal("words", BodyExcerpt.Of(new ArraySegment<byte>(bytes, 7, 5)));
    }

    /// <summary>A page is searched no further for its title than a title stands.</summary>
    [Fact]
    public void A_long_body_is_cut_and_searched_in_its_beginning()
    {
        string far = "<html>" + new string(' ', 9_000) + "<title>Down</title>";
        string near = "<html>" + new string(' ', 8_000) + "<title>Down</title>";

        Assert.Equal("an HTML page", BodyExcerpt.Of(new ArraySegment<byte>(Encoding.UTF8.GetBytes(far))));
        Assert.Equal("an HTML page, 'Down'", BodyExcerpt.Of(new ArraySegment<byte>(Encoding.UTF8.GetBytes(near))));
        Assert.Equal("an HTML page", BodyExcerpt.Of(far, 200));
        Assert.Equal(new string('x', 200) + "…", BodyExcerpt.Of(new string('x', 201), 200));
        Assert.Equal(new string('x', 200), BodyExcerpt.Of(new string('x', 200), 200));
        string title = $"<title>{new string('t', 150)}</title>";
        Assert.Equal($"an HTML page, '{new string('t', 100)}…'", BodyExcerpt.Of(title, 200));
    }

    [Theory]
    [InlineData(null, null, 100, "experiments/api?page=3&limit=100")]
    [InlineData(ExperimentStatus.Running, null, 7, "experiments/api?page=3&limit=7&status=running")]
    [InlineData(ExperimentStatus.Archived, null, 100, "experiments/api?page=3&limit=100")]
    [InlineData(ExperimentStatus.Rendering, null, 100, "experiments/api?page=3&limit=100")]
    [InlineData(null, ExperimentType.AbTest, 100, "experiments/api?page=3&limit=100&type=ab_test")]
    [InlineData(
        ExperimentStatus.Paused,
        ExperimentType.SmartLink,
        100,
        "experiments/api?page=3&limit=100&status=paused&type=smart_link"
    )]
    [InlineData(null, ExperimentType.Unknown, 100, "experiments/api?page=3&limit=100")]
    public void A_page_is_asked_for_with_the_filters_that_the_service_has(
        ExperimentStatus? status,
        ExperimentType? type,
        int size,
        string path
    ) =>
        Assert.Equal(
            path,
            ApiPaths.Page(
                new ExperimentQuery
                {
                    Status = status,
                    Type = type,
                    PageSize = size,
                },
                3
            )
        );

    [Fact]
    public void An_experiments_path_is_its_uid_and_the_action()
    {
        Assert.Equal("experiments/api/e", ApiPaths.Experiment("e"));
        Assert.Equal("experiments/api/e/pause", ApiPaths.Experiment("e", "pause"));
        var error = Assert.Throws<PictifyException>(() => ApiPaths.Experiment("a/b\u0007"));
        Assert.StartsWith("'a/b\uFFFD' cannot be an experiment's uid: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(199, false)]
    [InlineData(200, true)]
    [InlineData(299, true)]
    [InlineData(300, false)]
    public void A_success_is_any_2xx(int status, bool isSuccess) => Assert.Equal(isSuccess, Response(status).IsSuccess);

    [Theory]
    [InlineData("Age", "0", true)]
    [InlineData("X-Cache", "Hit from cloudfront", true)]
    [InlineData("X-Cache", "TCP_HIT", true)]
    [InlineData("X-Cache", "Miss from cloudfront", false)]
    [InlineData("CF-Cache-Status", "HIT", true)]
    [InlineData("CF-Cache-Status", "DYNAMIC", false)]
    [InlineData("Other", "hit", false)]
    public void An_answer_tells_whether_a_cache_gave_it(string name, string value, bool isFromCache) =>
        Assert.Equal(isFromCache, Response(200, "", (name, value)).IsFromCache);

    [Theory]
    [InlineData("""{"limit":5,"used":1}""", null)]
    [InlineData("", "The answer (HTTP 200, application/json) contains no quota. Its body is empty.")]
    [InlineData("null", "The answer (HTTP 200, application/json) contains no quota. It begins: null")]
    [InlineData("[]", "The answer (HTTP 200, application/json) is not the JSON that was expected. It begins: []")]
    public void A_quota_is_read_or_said_to_be_missing(string body, string? message) =>
        Assert.Equal(message, Record.Exception(() => AnswerReader.ReadQuota(Response(200, body)))?.Message);

    [Theory]
    [InlineData("""{"experiments":[]}""", null)]
    [InlineData("{}", "The answer (HTTP 200, application/json) contains no list of experiments. It begins: {}")]
    [InlineData("oops", "The answer (HTTP 200, application/json) is not the JSON that was expected. It begins: oops")]
    public void A_list_is_read_or_said_to_be_missing(string body, string? message) =>
        Assert.Equal(message, Record.Exception(() => AnswerReader.ReadPage(Response(200, body)))?.Message);

    [Theory]
    [InlineData("""{"experiment":{"uid":"e"}}""", null)]
    [InlineData("""{"uid":"e"}""", null)]
    [InlineData("""{"uid":"f"}""", "is about another experiment than 'e'")]
    [InlineData("{}", "contains no experiment")]
    [InlineData("oops", "is not the JSON that was expected")]
    public void An_experiment_is_read_or_said_to_be_missing(string body, string? why)
    {
        ApiResponse response = Response(200, body);

        Assert.Equal(
            why is null ? null : $"The answer (HTTP 200, application/json) {why}. It begins: {body}",
            Record.Exception(() => AnswerReader.ReadExperiment(response, "e"))?.Message
        );
        Assert.Equal(why is null ? "e" : null, AnswerReader.TryReadExperiment(response, "e")?.Uid);
        Assert.Equal(
            why is null || body.Contains("\"f\"", StringComparison.Ordinal),
            AnswerReader.TryReadExperiment(response, null) is not null
        );
    }

    [Fact]
    public void What_an_answer_left_out_is_taken_from_what_is_known()
    {
        var known = new Experiment
        {
            TypeText = "ab_test",
            Name = "Known",
            Slug = "known",
        };

        Experiment filled = new Experiment { Uid = "e" }.FillFrom(known);
        Assert.Equal(("ab_test", "Known", "known"), (filled.TypeText, filled.Name, filled.Slug));
        Experiment own = new Experiment
        {
            TypeText = "x",
            Name = "Own",
            Slug = "own",
        }.FillFrom(known);
        Assert.Equal(("x", "Own", "own"), (own.TypeText, own.Name, own.Slug));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("oops", null)]
    [InlineData("""{"a":1}""", 1)]
    public void An_object_is_read_where_the_answer_is_one(string body, int? count)
    {
        Assert.Equal(count, AnswerReader.TryReadObject(Response(200, body))?.Count);
        if (body.Length == 0)
        {
            Assert.Null(AnswerReader.ReadPlain(Response(200, body)));
        }
    }
}
