using System.Management.Automation;
using System.Reflection;

namespace PictifyPS.Input;

/// <summary>The parameters of a cmdlet whose values are bound from each input, such as the columns of a CSV.</summary>
internal sealed class InputParameters(Type cmdlet)
{
    private readonly PropertyInfo[] _fromInput =
    [
        .. cmdlet
            .GetProperties()
            .Where(static property =>
                property.GetCustomAttributes<ParameterAttribute>().Any(static p => p.ValueFromPipelineByPropertyName)
            ),
    ];

    /// <summary>
    /// The values that are given for this input. PowerShell's bound parameters keep the last value that was bound from an input, so these
    /// are read from the cmdlet's properties; a blank one counts as not given.
    /// </summary>
    public Dictionary<string, object> Given(PSCmdlet command)
    {
        var given = new Dictionary<string, object>(
            command.MyInvocation.BoundParameters,
            StringComparer.OrdinalIgnoreCase
        );
        foreach (PropertyInfo parameter in _fromInput)
        {
            object? value = parameter.GetValue(command);
            if (BlankIsNullAttribute.IsBlank(value))
            {
                given.Remove(parameter.Name);
            }
            else
            {
                given[parameter.Name] = value!;
            }
        }

        return given;
    }
}
