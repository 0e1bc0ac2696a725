using System.Text.Json;

namespace Pictify.Http;

/// <summary>Reads an answer's body as the requested type.</summary>
internal static class AnswerReader
{
    private const string NotJson = "is not the JSON that was expected";

    /// <summary>The experiment in an answer, in its envelope or bare; never another experiment than the requested one.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="uid">The requested experiment; null if any is accepted.</param>
    /// <exception cref="PictifyException">The answer does not contain it.</exception>
    public static Experiment ReadExperiment(ApiResponse response, string? uid)
    {
        (Experiment? experiment, string? why, JsonException? cause) = FindExperiment(response, uid);
        return experiment ?? throw ErrorReader.UnexpectedResponse(response, why!, cause);
    }

    /// <summary>The same; null if the answer does not contain it.</summary>
    public static Experiment? TryReadExperiment(ApiResponse response, string? uid) =>
        FindExperiment(response, uid).Experiment;

    /// <summary>Takes the fields that an answer left out from the experiment as it was read before.</summary>
    public static Experiment FillFrom(this Experiment answered, Experiment lastRead)
    {
        answered.TypeText ??= lastRead.TypeText;
        answered.Name ??= lastRead.Name;
        answered.Slug ??= lastRead.Slug;
        return answered;
    }

    /// <summary>A page of the list, with its experiments.</summary>
    /// <exception cref="PictifyException">The answer contains no list.</exception>
    public static ExperimentListBody ReadPage(ApiResponse response)
    {
        ExperimentListBody? body = ReadJson(response, static answer => ExperimentReader.ReadList(answer.Body.AsSpan()));
        return body?.Experiments is null
            ? throw ErrorReader.UnexpectedResponse(response, "contains no list of experiments")
            : body;
    }

    /// <summary>The plan's quota.</summary>
    /// <exception cref="PictifyException">The answer contains none.</exception>
    public static ExperimentQuota ReadQuota(ApiResponse response) =>
        ReadJson(
            response,
            static answer =>
                answer.Body.Count == 0
                    ? null
                    : JsonSerializer.Deserialize(answer.Body.AsSpan(), PictifyJson.Default.ExperimentQuota)
        ) ?? throw ErrorReader.UnexpectedResponse(response, "contains no quota");

    /// <summary>An answer of any shape, as plain values; null if its body is empty.</summary>
    /// <exception cref="PictifyException">The answer is not JSON.</exception>
    public static object? ReadPlain(ApiResponse response) =>
        ReadJson(response, static answer => answer.Body.Count == 0 ? null : PlainJson.Parse(answer.Body.AsSpan()));

    /// <summary>An answer as an object's plain fields; null if it is not an object.</summary>
    public static IReadOnlyDictionary<string, object?>? TryReadObject(ApiResponse response)
    {
        try
        {
            return response.Body.Count == 0
                ? null
                : PlainJson.Parse(response.Body.AsSpan()) as IReadOnlyDictionary<string, object?>;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (Experiment? Experiment, string? Why, JsonException? Cause) FindExperiment(
        ApiResponse response,
        string? uid
    )
    {
        Experiment? experiment;
        try
        {
            experiment = ExperimentReader.ReadOne(response.Body.AsSpan(), uid);
        }
        catch (JsonException exception)
        {
            return (null, NotJson, exception);
        }

        return experiment is null ? (null, "contains no experiment", null)
            : uid is null || experiment.Uid == uid ? (experiment, null, null)
            : (null, $"is about another experiment than '{uid}'", null);
    }

    private static T ReadJson<T>(ApiResponse response, Func<ApiResponse, T> read)
    {
        try
        {
            return read(response);
        }
        catch (JsonException exception)
        {
            throw ErrorReader.UnexpectedResponse(response, NotJson, exception);
        }
    }
}
