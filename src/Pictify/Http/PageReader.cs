namespace Pictify.Http;

/// <summary>Reads the answers of any paged list: the items of each page, and whether another one follows.</summary>
internal sealed class PageReader
{
    private long _received;
    private byte[] _before = [];

    /// <summary>Whether there may be another page.</summary>
    public bool HasMore { get; private set; } = true;

    /// <summary>The items of the next page; null if the list had ended before it.</summary>
    /// <exception cref="PictifyException">The answer contains no list.</exception>
    public List<object?>? Read(ApiResponse response)
    {
        object? plain = AnswerReader.ReadPlain(response);
        if (plain is List<object?> bare)
        {
            // A bare list does not contain its total; a service that does not page it returns the same list again.
            byte[] present = PlainJson.Bytes(bare);
            HasMore = bare.Count > 0 && !present.SequenceEqual(_before);
            _before = present;
            return HasMore ? bare : null;
        }

        var body = plain as IDictionary<string, object?>;
        List<object?> items =
            body?.Values.OfType<List<object?>>().FirstOrDefault()
            ?? throw ErrorReader.UnexpectedResponse(response, "contains no list");
        _received += items.Count;
        HasMore = items.Count > 0 && IndicatesMore(body!);
        return items;
    }

    private bool IndicatesMore(IDictionary<string, object?> body)
    {
        var paging = body.TryGetValue("pagination", out object? p) ? p as IDictionary<string, object?> : body;
        if (paging is null)
        {
            return false;
        }

        return paging.TryGetValue("hasNext", out object? next) && next is bool hasNext
            ? hasNext
            : paging.TryGetValue("total", out object? total) && total is long count && _received < count;
    }
}
