using System.Text;

namespace Pictify.Http;

/// <summary>The paths of the service's endpoints, relative to a connection's base URI.</summary>
internal static class ApiPaths
{
    public const string Experiments = "experiments/api";
    public const string Quota = Experiments + "/quota";
    public const string Events = "s/events";

    /// <summary>The sentence for a text that is not a uid.</summary>
    public static string NotAUid(string uid, string why) =>
        $"'{SafeText.Clean(uid, SafeText.LongestName)}' cannot be an experiment's uid: {why}.";

    /// <summary>One experiment, or an action on it.</summary>
    /// <exception cref="PictifyException">The text is not a uid.</exception>
    public static string Experiment(string uid, string? action = null)
    {
        if (ExperimentRules.GetUidProblem(uid) is { } why)
        {
            throw new PictifyException(PictifyErrorKind.InvalidArgument, NotAUid(uid, why));
        }

        return action is null ? $"{Experiments}/{uid}" : $"{Experiments}/{uid}/{action}";
    }

    /// <summary>One page of the list, with the filters that the service supports.</summary>
    public static string Page(ExperimentQuery query, int number)
    {
        var path = new StringBuilder($"{Experiments}?page={number}&limit={query.PageSize}");
        if (query.Status is { } status && ExperimentRules.IsFilter(status))
        {
            path.Append("&status=").Append(ApiName.Of(status));
        }

        if (query.Type is { } type && ApiName.Of(type) is { } typeName)
        {
            path.Append("&type=").Append(typeName);
        }

        return path.ToString();
    }

    /// <summary>The image that a visitor of an experiment gets.</summary>
    public static string Image(string slug, string format) => $"s/{slug}.{format.ToLowerInvariant()}";
}
