using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pictify.Sandbox;

/// <summary>
/// Writes answers as the service does: fields that it documents as null are null there, while requests of the client leave
/// out fields that were not given.
/// </summary>
internal static class SandboxJson
{
    private static readonly HashSet<string> _shownAsNull = [SandboxShape.WinnerVariantId, "winnerDeclaredAt", "limit"];

    private static readonly JsonSerializerOptions _options = new(PictifyJson.Default.Options)
    {
        TypeInfoResolver = PictifyJson.Default.WithAddedModifier(ShowNulls),
    };

    public static JsonTypeInfo<Experiment> Bare { get; } = Of<Experiment>();

    public static JsonTypeInfo<ExperimentBody> One { get; } = Of<ExperimentBody>();

    public static JsonTypeInfo<ExperimentListBody> List { get; } = Of<ExperimentListBody>();

    public static JsonTypeInfo<ExperimentQuota> Quota { get; } = Of<ExperimentQuota>();

    private static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));

    private static void ShowNulls(JsonTypeInfo type)
    {
        if (type.Type != typeof(Experiment) && type.Type != typeof(QuotaUse))
        {
            return;
        }

        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (_shownAsNull.Contains(property.Name))
            {
                property.ShouldSerialize = static (_, _) => true;
            }
        }
    }
}
