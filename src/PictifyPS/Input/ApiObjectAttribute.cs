using System.Collections;
using System.Management.Automation;
using Pictify;

namespace PictifyPS.Input;

/// <summary>Lets a parameter take an object of the API in every form that <see cref="ApiObject"/> reads.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ApiObjectAttribute(Type type) : ArgumentTransformationAttribute
{
    public Type Type { get; } = type;

    /// <summary>True if a blank cell of a CSV, or a database's null, counts as not given.</summary>
    public bool BlankIsNull { get; init; }

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (BlankIsNull && BlankIsNullAttribute.IsBlank(inputData))
        {
            return null!;
        }

        try
        {
            return Type == typeof(IDictionary) ? ApiObject.ToFreeObject(inputData)
                : Type == typeof(Variant) ? Variants(inputData)
                : ApiObject.Convert(Type, inputData);
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException)
        {
            throw new ArgumentTransformationMetadataException(
                $"It cannot be read as {Type.Name}: {exception.Message}",
                exception
            );
        }
    }

    /// <summary>Splits the value into its items: one, many, or those of a JSON array.</summary>
    private static Variant[] Variants(object input)
    {
        object value = PowerShellValue.Unwrap(input)!;
        if (value is string text && text.TrimStart().StartsWith("[", StringComparison.Ordinal))
        {
            return [.. PlainJson.To<List<Variant>>(PlainJson.Parse(text))];
        }

        return value is IEnumerable items and not (string or IDictionary)
            ? [.. items.Cast<object>().Select(One)]
            : [One(value)];
    }

    private static Variant One(object input) => (Variant)ApiObject.Convert(typeof(Variant), input);
}
