using System.Collections;
using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Errors;
using PictifyPS.Input;

namespace PictifyPS.Selection;

/// <summary>What an input of Measure-PictifyExperiment is: counters that are there, or an experiment that has to be read first.</summary>
/// <param name="Input">What came in: the target of errors.</param>
/// <param name="Known">The experiment, if its counters came with the input.</param>
/// <param name="ToRead">Otherwise, which experiment to read.</param>
internal readonly record struct MeasurementTarget(object? Input, Experiment? Known, ExperimentIdentity? ToRead)
{
    /// <summary>Reads the input; has an error if nothing can be measured for it.</summary>
    /// <param name="input">What came in.</param>
    /// <param name="connection">The connection, which is asked for only if the experiment has to be read.</param>
    /// <param name="error">Why it is neither.</param>
    public static MeasurementTarget Of(object? input, Func<PictifyConnection> connection, out ErrorRecord? error)
    {
        error = null;
        object? target = input is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : input;
        Experiment? known;
        try
        {
            known = MeasurementInput.Read(input);
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException)
        {
            error = Failures.From(Failures.NotMeasurable(exception.Message), target);
            return default;
        }

        if (known is not null)
        {
            return new MeasurementTarget(target, known, null);
        }

        if (target is null || !HasUid(target))
        {
            error = InputErrors.NothingToMeasure(target, Columns.Of(input)?.Advice(nameof(Experiment.Uid)));
            return default;
        }

        return new MeasurementTarget(target, null, ExperimentIdentity.Resolve(input, connection(), out error));
    }

    /// <summary>What an error's message calls an experiment; null if nothing of it has a name.</summary>
    public static string? Subject(Experiment experiment) =>
        experiment.Uid.Length > 0 || !string.IsNullOrEmpty(experiment.Name) ? $"{experiment}" : null;

    private static bool HasUid(object target) =>
        target is string or IDictionary || PSObject.AsPSObject(target).Properties[nameof(Experiment.Uid)] is not null;
}
