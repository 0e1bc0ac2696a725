using System.Collections;
using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Errors;
using PictifyPS.Input;

namespace PictifyPS.Selection;

/// <summary>An input of Measure-PictifyExperiment: an object with counters, or an experiment that has to be read first.</summary>
/// <param name="Input">The input: the target of errors.</param>
/// <param name="WithCounters">The experiment, if the input has its counters.</param>
/// <param name="ToRead">Otherwise, which experiment to read.</param>
internal readonly record struct MeasurementTarget(object? Input, Experiment? WithCounters, ExperimentIdentity? ToRead)
{
    /// <summary>Reads the input; has an error if nothing can be measured for it.</summary>
    /// <param name="input">The input.</param>
    /// <param name="connection">Gets the connection; called only if the experiment has to be read.</param>
    /// <param name="error">The error, if it is neither.</param>
    public static MeasurementTarget Of(object? input, Func<PictifyConnection> connection, out ErrorRecord? error)
    {
        error = null;
        object? target = input is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : input;
        Experiment? counters;
        try
        {
            counters = MeasurementInput.Read(input);
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException)
        {
            error = Failures.From(Failures.NotMeasurable(exception.Message), target);
            return default;
        }

        if (counters is not null)
        {
            return new MeasurementTarget(target, counters, null);
        }

        if (target is null || !HasUid(target))
        {
            error = InputErrors.NothingToMeasure(target, Columns.Of(input)?.Advice(nameof(Experiment.Uid)));
            return default;
        }

        return new MeasurementTarget(target, null, ExperimentIdentity.Resolve(input, connection(), out error));
    }

    /// <summary>The name of an experiment in an error's message; null if it has neither a name nor a uid.</summary>
    public static string? Label(Experiment experiment) =>
        experiment.Uid.Length > 0 || !string.IsNullOrEmpty(experiment.Name) ? $"{experiment}" : null;

    private static bool HasUid(object target) =>
        target is string or IDictionary || PSObject.AsPSObject(target).Properties[nameof(Experiment.Uid)] is not null;
}
