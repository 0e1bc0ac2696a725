using System.Collections;
using System.Management.Automation;

namespace PictifyPS.Input;

/// <summary>
/// Refuses a script block instead of a text. PowerShell evaluates one for each input only if the parameter takes pipeline input; otherwise
/// it silently converts its source code to text.
/// </summary>
/// <param name="usage">
/// The command and the parameter, for the line that does what was meant; only the parameter if several commands inherit it.
/// </param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TextAttribute(string usage) : ArgumentTransformationAttribute
{
    /// <summary>True if the command takes no pipeline input together with this parameter, or needs none.</summary>
    public bool ReplacesInput { get; init; }

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = PowerShellValue.Unwrap(inputData);
        ScriptBlock? script =
            value as ScriptBlock
            ?? (value as IList)?.Cast<object?>().Select(PowerShellValue.Unwrap).OfType<ScriptBlock>().FirstOrDefault();
        if (script is null)
        {
            return inputData;
        }

        string command = usage[0] == '-' ? $"<command> {usage}" : usage;
        throw new ArgumentTransformationMetadataException(
            "It takes a text, and a script block is not evaluated for it. For a text of each input: "
                + $"... | ForEach-Object {{ {(ReplacesInput ? "" : "$_ | ")}{command} ({script.ToString().Trim()}) }}"
        );
    }
}
