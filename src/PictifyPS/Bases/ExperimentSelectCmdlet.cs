using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Bases;

/// <summary>A cmdlet for experiments that are named: from the pipeline, by uid or by name.</summary>
public abstract class ExperimentSelectCmdlet : BulkCmdlet
{
    private protected const string ByInput = "InputObject";
    private protected const string ByUid = "Uid";
    private protected const string ByName = "Name";
    private protected const string BySlug = "Slug";

    /// <summary>
    /// The experiments: from Get-PictifyExperiment, anything with a Uid (rows of a CSV, deserialized objects,
    /// hashtables), or plain strings, which are uids.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByInput)]
    [ArgumentCompleter(typeof(UidCompleter))]
    public virtual PSObject[] InputObject { get; set; } = [];

    /// <summary>The experiments' uids, such as exp_abc123.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByUid)]
    [ArgumentCompleter(typeof(UidCompleter))]
    [Text("Suspend-PictifyExperiment -Uid")]
    public string[] Uid { get; set; } = [];

    /// <summary>The experiments' names; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(NameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Text("Suspend-PictifyExperiment -Name")]
    public string[] Name { get; set; } = [];

    /// <summary>The experiments' slugs, as they stand in public image URLs; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BySlug)]
    [ArgumentCompleter(typeof(SlugPatternCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Text("Suspend-PictifyExperiment -Slug")]
    public string[] Slug { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (MyInvocation.ExpectingInput && ParameterSetName is ByName or BySlug or ByUid)
        {
            ThrowTerminatingError(InputErrors.SelectedTwice(ParameterSetName));
        }

        if (ParameterSetName == ByUid)
        {
            Expected = Uid.Length;
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IEnumerable<object> inputs = Inputs();
        if (!MyInvocation.ExpectingInput && inputs is IReadOnlyCollection<object> { Count: var count })
        {
            Expected ??= count;
        }

        foreach (object input in inputs)
        {
            if (ExperimentIdentity.Resolve(input, Current, out ErrorRecord? error) is { } experiment)
            {
                Accept(experiment);
            }
            else
            {
                Reject(input, error!);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Finish();

    /// <summary>What this record of the pipeline brings.</summary>
    private protected virtual IEnumerable<object> Inputs() =>
        ParameterSetName switch
        {
            ByName => Find(new ExperimentPattern(Name, null)),
            BySlug => Find(new ExperimentPattern(null, Slug)),
            ByUid => Uid,
            _ => InputObject,
        };

    /// <summary>Reports an input that names no experiment.</summary>
    private protected virtual void Reject(object input, ErrorRecord error) => SubmitError(error);

    /// <summary>Takes an input that names an experiment.</summary>
    private protected virtual void Accept(ExperimentIdentity experiment) => Start(experiment);

    /// <summary>Submits the work for one experiment.</summary>
    private protected abstract void Start(ExperimentIdentity experiment);

    /// <summary>The list is read to its end first: a change while it is read would shift its pages.</summary>
    private List<Experiment> Find(ExperimentPattern pattern)
    {
        var found = new List<Experiment>();
        CancelOnException(() =>
        {
            foreach (ExperimentPage page in Pages(new ExperimentQuery()))
            {
                found.AddRange(page.Experiments.Where(pattern.IsMatch));
            }
        });

        WriteErrors(pattern.Missing());

        return found;
    }
}
