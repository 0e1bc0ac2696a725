using System.Management.Automation;
using PictifyPS.Errors;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>The experiments of a command that sends nothing before all of them are collected, with a limit of their number.</summary>
/// <param name="verb">The cmdlet's verb, for errors.</param>
/// <param name="maximumCount">How many there may be; 0 if there is no limit.</param>
/// <param name="forOne">The parameter that was given and is for one experiment only, and the expression that does the same for each of
/// several.</param>
internal sealed class CollectedExperiments(string verb, int maximumCount, (string Parameter, string Each)? forOne)
{
    private readonly List<ExperimentIdentity> _experiments = [];

    public IReadOnlyList<ExperimentIdentity> Experiments => _experiments;

    /// <summary>Adds an experiment. Returns the error that ends the command if there are too many.</summary>
    public ErrorRecord? Add(ExperimentIdentity experiment)
    {
        _experiments.Add(experiment);
        if (maximumCount > 0 && _experiments.Count > maximumCount)
        {
            return InputErrors.TooMany(verb, maximumCount);
        }

        return forOne is (var parameter, var each) && experiment.Uid != _experiments[0].Uid
            ? InputErrors.NotForSeveral(parameter, $"{_experiments[0]}", $"{experiment}", experiment.Input, each)
            : null;
    }
}
