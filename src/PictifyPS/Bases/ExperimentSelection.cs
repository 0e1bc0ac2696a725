using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Errors;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>
/// The experiments that a command is for, as its parameters select them: from the pipeline, by uid, by name or by slug. The parameters
/// themselves are declared on the cmdlets.
/// </summary>
internal sealed class ExperimentSelection(PictifyCmdlet cmdlet, ServiceAccess service, InputRun run)
{
    public const string ByInput = "InputObject";
    public const string ByUid = "Uid";
    public const string ByName = "Name";
    public const string BySlug = "Slug";

    /// <summary>Ends the command if two ways of selecting are mixed; called before the first input.</summary>
    public void Begin(string[] uids)
    {
        if (cmdlet.MyInvocation.ExpectingInput && cmdlet.ParameterSetName is ByName or BySlug or ByUid)
        {
            cmdlet.ThrowTerminatingError(InputErrors.SelectedTwice(cmdlet.ParameterSetName));
        }

        if (cmdlet.ParameterSetName == ByUid)
        {
            run.Expected = uids.Length;
        }
    }

    /// <summary>The inputs in this record of the pipeline, by the parameter set.</summary>
    public IEnumerable<object> Inputs(PSObject[] inputs, string[] uids, string[] names, string[] slugs) =>
        cmdlet.ParameterSetName switch
        {
            ByName => Find(new ExperimentPattern(names, null)),
            BySlug => Find(new ExperimentPattern(null, slugs)),
            ByUid => uids,
            _ => inputs,
        };

    /// <summary>Finds out which experiment each input names.</summary>
    /// <param name="inputs">The inputs of one record of the pipeline.</param>
    /// <param name="accept">Takes an experiment.</param>
    /// <param name="reject">Reports an input that names no experiment.</param>
    public void Resolve(
        IEnumerable<object> inputs,
        Action<ExperimentIdentity> accept,
        Action<object, ErrorRecord> reject
    )
    {
        if (!cmdlet.MyInvocation.ExpectingInput && inputs is IReadOnlyCollection<object> { Count: var count })
        {
            run.Expected ??= count;
        }

        foreach (object input in inputs)
        {
            if (ExperimentIdentity.Resolve(input, service.Current, out ErrorRecord? error) is { } experiment)
            {
                accept(experiment);
            }
            else
            {
                reject(input, error!);
            }
        }
    }

    /// <summary>The list is read to its end first: a change while it is read would shift its pages.</summary>
    private List<Experiment> Find(ExperimentPattern pattern)
    {
        var found = new List<Experiment>();
        run.CancelOnException(() =>
        {
            foreach (ExperimentPage page in service.Pages(new ExperimentQuery()))
            {
                found.AddRange(page.Experiments.Where(pattern.IsMatch));
            }
        });

        cmdlet.WriteErrors(pattern.Missing());

        return found;
    }
}
