using System.Management.Automation;

namespace PictifyPS.Views;

/// <summary>
/// The view that 'Measure-PictifyExperiment -Detailed' shows: it is selected by a type name that only these objects have.
/// </summary>
internal static class DetailedView
{
    private const string TypeName = "Pictify.Statistics.ExperimentMeasurement#Detailed";

    /// <summary>The same object, shown in that view.</summary>
    public static PSObject Of(object? measurement)
    {
        var shown = new PSObject(measurement!);
        shown.TypeNames.Insert(0, TypeName);
        return shown;
    }
}
