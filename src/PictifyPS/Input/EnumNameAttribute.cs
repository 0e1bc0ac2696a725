using System.Management.Automation;

namespace PictifyPS.Input;

/// <summary>
/// Lets an enum's parameter also take the API's own words: <c>ab_test</c> is <c>AbTest</c>. A text that is neither is passed to PowerShell,
/// whose error lists the names.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EnumNameAttribute(Type type) : ArgumentTransformationAttribute
{
    public Type Type { get; } = type;

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        inputData is object[] items ? items.Select(One).ToArray() : One(inputData);

    private object One(object item)
    {
        object value = item is PSObject wrapped ? wrapped.BaseObject : item;
        return
            value is string text
            && text.IndexOf('_') >= 0
            && Enum.GetNames(Type)
                .FirstOrDefault(name => string.Equals(name, text.Replace("_", ""), StringComparison.OrdinalIgnoreCase))
                is { } known
            ? known
            : item;
    }
}
