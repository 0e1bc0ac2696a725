using Pictify.Http;

namespace Pictify.Tests;

/// <summary>Lists of any endpoint that come in pages, whatever way they have to say that there is more.</summary>
public sealed class PageReaderTests
{
    private readonly PageReader _reader = new();

    [Theory]
    // What the page says, and whether another one is asked for.
    [InlineData("""{"items":[1,2],"pagination":{"hasNext":true}}""", true)]
    [InlineData("""{"items":[1,2],"pagination":{"hasNext":false,"total":9}}""", false)]
    [InlineData("""{"items":[1,2],"pagination":{"total":3}}""", true)]
    [InlineData("""{"items":[1,2],"pagination":{"total":2}}""", false)]
    [InlineData("""{"items":[1,2],"pagination":{"total":"3"}}""", false)]
    [InlineData("""{"items":[1,2],"pagination":{}}""", false)]
    [InlineData("""{"items":[1,2],"pagination":null,"hasNext":true}""", false)]
    [InlineData("""{"items":[1,2],"hasNext":true}""", true)]
    [InlineData("""{"items":[1,2],"hasNext":false}""", false)]
    [InlineData("""{"items":[1,2],"hasNext":"yes","total":3}""", true)]
    [InlineData("""{"items":[1,2],"total":3}""", true)]
    [InlineData("""{"items":[1,2],"total":2}""", false)]
    [InlineData("""{"items":[1,2]}""", false)]
    [InlineData("""{"items":[],"hasNext":true,"total":3}""", false)]
    public void A_page_says_whether_another_one_follows(string body, bool hasMore)
    {
        Assert.True(_reader.HasMore);

        List<object?>? items = Read(body);

        Assert.Equal(body.Contains("[1,2]", StringComparison.Ordinal) ? 2 : 0, items?.Count);
        Assert.Equal(hasMore, _reader.HasMore);
    }

    [Fact]
    public void A_total_counts_the_items_of_all_pages()
    {
        Assert.Equal(2, Read("""{"total":5,"items":[1,2]}""")?.Count);
        Assert.True(_reader.HasMore);
        Assert.Equal(2, Read("""{"total":5,"items":[3,4]}""")?.Count);
        Assert.True(_reader.HasMore);
        Assert.Equal(1, Read("""{"total":5,"items":[5]}""")?.Count);
        Assert.False(_reader.HasMore);
    }

    /// <summary>A service that does not page a bare list gives the same one again: that is its end, not a second copy.</summary>
    [Fact]
    public void A_bare_list_ends_where_it_is_empty_or_comes_again()
    {
        Assert.Equal([1L, 2L], Read("[1,2]"));
        Assert.True(_reader.HasMore);
        Assert.Equal([3L], Read("[3]"));
        Assert.True(_reader.HasMore);
        Assert.Null(Read("[3]"));
        Assert.False(_reader.HasMore);
    }

    [Fact]
    public void A_bare_list_that_is_empty_has_no_page()
    {
        Assert.Null(Read("[]"));
        Assert.False(_reader.HasMore);
    }

    [Theory]
    [InlineData("""{"uid":"exp_1"}""")]
    [InlineData("5")]
    [InlineData("")]
    public void An_answer_without_a_list_is_an_error_that_says_so(string body)
    {
        var error = Assert.Throws<PictifyException>(() => Read(body));

        Assert.Equal(PictifyErrorKind.InvalidResponse, error.Kind);
        Assert.Contains("contains no list", error.Message, StringComparison.Ordinal);
    }

    private List<object?>? Read(string body) => _reader.Read(FakeService.Response(200, body));
}
