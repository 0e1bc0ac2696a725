using System.Collections;
using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pictify;

namespace PictifyPS.Pipeline;

/// <summary>Lets a parameter take an object of the API in every way that <see cref="ApiObject"/> reads.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ApiObjectAttribute(Type type) : ArgumentTransformationAttribute
{
    public Type Type { get; } = type;

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        try
        {
            return Type switch
            {
                _ when Type == typeof(Variant) => Variants(inputData),
                _ when Type == typeof(Condition) => One(inputData, PictifyJson.Default.Condition),
                _ when Type == typeof(Schedule) => One(inputData, PictifyJson.Default.Schedule),
                _ when Type == typeof(BanditConfig) => One(inputData, PictifyJson.Default.BanditConfig),
                _ => One(inputData, PictifyJson.Default.OutputConfig),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ArgumentTransformationMetadataException(
                $"It cannot be read as {Type.Name}: {exception.Message}",
                exception
            );
        }
    }

    private static T One<T>(object input, JsonTypeInfo<T> type)
        where T : class => ApiObject.Convert(input, type);

    /// <summary>One or many, or a JSON array.</summary>
    private static Variant[] Variants(object input)
    {
        object value = ApiObject.Unwrap(input)!;
        if (value is string text && text.TrimStart().StartsWith("[", StringComparison.Ordinal))
        {
            return [.. JsonSerializer.Deserialize(text, PictifyJson.Default.ListVariant) ?? []];
        }

        return value is IEnumerable items and not (string or IDictionary)
            ? [.. items.Cast<object>().Select(static item => One(item, PictifyJson.Default.Variant))]
            : [One(value, PictifyJson.Default.Variant)];
    }
}
