namespace PictifyPS.Input;

/// <summary>The path of a request that a user gives, relative to a connection's address.</summary>
internal static class ApiPath
{
    public static string Relative(string path) => path.TrimStart('/');

    /// <summary>
    /// Why the path is refused: a path that could lead outside the connection's address is refused before a request is made. Null if it is
    /// valid.
    /// </summary>
    public static string? GetProblem(string path, Uri baseUri)
    {
        string relative = Relative(path);
        string decoded = Uri.UnescapeDataString(relative.Split('?')[0]);
        if (path.Any(static c => c is '\\' or '#' || char.IsControl(c)) || decoded.Contains('\\'))
        {
            return "it contains a backslash, a '#' or a control character";
        }

        if (decoded.Split('/').Any(static part => part is ".." or "."))
        {
            return "it contains '..' or '.' as a part";
        }

        return
            relative.Length > 0
            && !path.StartsWith("//", StringComparison.Ordinal)
            && !Uri.TryCreate(relative, UriKind.Absolute, out _)
            && Uri.TryCreate(baseUri, relative, out Uri? target)
            && target.AbsoluteUri.StartsWith(baseUri.AbsoluteUri, StringComparison.Ordinal)
            ? null
            : "it must be relative to the connection's address, such as experiments/api";
    }
}
