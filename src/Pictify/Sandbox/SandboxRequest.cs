namespace Pictify.Sandbox;

/// <summary>One request to the sandbox, read to its end.</summary>
internal sealed record SandboxRequest(string Method, Uri Uri, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The path's parts, unescaped: <c>experiments</c>, <c>api</c>, a uid, an action.</summary>
    public string[] Segments { get; } =
    [
        .. Uri
            .AbsolutePath.Split(['/'], StringSplitOptions.RemoveEmptyEntries)
            .Select(static part => Uri.UnescapeDataString(part))
            // A base URI may have a path prefix such as /v1.
            .SkipWhile(static part => part is not ("experiments" or "s" or "rendered")),
    ];

    public string? Header(string name) => Headers.TryGetValue(name, out string? value) ? value : null;

    public string? Query(string name)
    {
        foreach (string pair in Uri.Query.TrimStart('?').Split('&'))
        {
            int equals = pair.IndexOf('=');
            if (equals > 0 && pair.Substring(0, equals) == name)
            {
                return Uri.UnescapeDataString(pair.Substring(equals + 1));
            }
        }

        return null;
    }
}
