using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Errors;
using PictifyPS.Input;

namespace PictifyPS.Selection;

/// <summary>An event that is to be sent.</summary>
/// <param name="Input">The input, which is the target of the event's error.</param>
/// <param name="Fields">Its fields, by the API's names.</param>
/// <param name="Experiment">The experiment's slug.</param>
internal sealed record EventInput(object Input, Dictionary<string, object?> Fields, object? Experiment)
{
    /// <summary>
    /// Reads an object with the API's fields; a blank cell of a CSV counts as not given. Null, with the error, if it is not an event, or is
    /// an event of a sandbox's experiment on a connection to the service.
    /// </summary>
    public static EventInput? Read(object input, PictifyConnection connection, out ErrorRecord? error)
    {
        error = null;
        Dictionary<string, object?>? plain;
        try
        {
            plain = ApiObject.ToPlain(input) as Dictionary<string, object?>;
        }
        catch (FormatException exception)
        {
            error = InputErrors.NotJson(input, exception);
            return null;
        }

        foreach (string blank in plain?.Where(IsNotGiven).Select(static field => field.Key).ToArray() ?? [])
        {
            plain!.Remove(blank);
        }

        if (plain is null || !ExperimentEvent.TryGetExperiment(plain, out object? experiment))
        {
            error = InputErrors.Invalid(
                "event",
                [new FieldError(EventFields.Event, $"is required, and so is {EventFields.Experiment}")],
                input
            );
            return null;
        }

        if (experiment is string named && SandboxGuard.Refuses(connection, named))
        {
            error = ConnectionErrors.SandboxUid(named, connection, input);
            return null;
        }

        return new EventInput(input, plain, experiment);
    }

    private static bool IsNotGiven(KeyValuePair<string, object?> field) => BlankIsNullAttribute.IsBlank(field.Value);
}
