using System.Management.Automation;

namespace PictifyPS.Input;

/// <summary>
/// A blank cell of a CSV, and a database's null, count as a parameter that is not given. PowerShell would convert them to 0 if the
/// parameter is a number.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BlankIsNullAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        IsBlank(inputData) ? null! : inputData;

    public static bool IsBlank(object? input) =>
        PowerShellValue.Unwrap(input) switch
        {
            null or DBNull => true,
            string text => string.IsNullOrWhiteSpace(text),
            _ => false,
        };
}
