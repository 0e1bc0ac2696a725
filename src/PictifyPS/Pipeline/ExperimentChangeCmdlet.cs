using System.Management.Automation;
using Pictify;
using Pictify.Http;

namespace PictifyPS.Pipeline;

/// <summary>A cmdlet that changes experiments: from the pipeline, by uid or by name.</summary>
public abstract class ExperimentChangeCmdlet : BulkCmdlet
{
    private protected const string ByInput = "InputObject";
    private protected const string ByUid = "Uid";
    private protected const string ByName = "Name";

    private List<ExperimentIdentity>? _collected;
    private int _changed;
    private int _unchanged;

    /// <summary>
    /// The experiments: from Get-PictifyExperiment, anything with a Uid (rows of a CSV, deserialized objects,
    /// hashtables), or plain strings, which are uids.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByInput)]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>The experiments' uids, such as exp_abc123.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByUid)]
    public string[] Uid { get; set; } = [];

    /// <summary>The experiments' names; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByName)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>
    /// A fuse against a wrong filter: with it, the input is collected first, and if there is more than this, nothing at
    /// all is sent. 1 or more; no limit by default.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaximumCount { get; set; }

    /// <summary>What ShouldProcess calls it: the cmdlet's verb.</summary>
    private protected abstract string Verb { get; }

    /// <summary>How the summary begins, such as <c>Suspended</c>.</summary>
    private protected abstract string DoneText { get; }

    /// <summary>How the summary calls those that needed no change, such as <c>already paused</c>.</summary>
    private protected abstract string UnchangedText { get; }

    private protected abstract Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    );

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (MaximumCount > 0)
        {
            _collected = [];
        }

        if (ParameterSetName == ByUid)
        {
            Expected = Uid.Length;
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case ByName:
                foreach (Experiment experiment in FindByName())
                {
                    Accept(experiment);
                }

                break;
            case ByUid:
                foreach (string uid in Uid)
                {
                    Accept(uid);
                }

                break;
            default:
                foreach (PSObject input in InputObject)
                {
                    Accept(input);
                }

                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_collected is { } collected)
        {
            Expected = collected.Count;
            foreach (ExperimentIdentity experiment in collected)
            {
                Start(experiment);
            }
        }

        Finish();
        Summarize();
    }

    /// <inheritdoc/>
    private protected override void OnResult(object? result)
    {
        var change = (ExperimentChange)result!;
        if (change.Changed)
        {
            _changed++;
        }
        else
        {
            _unchanged++;
        }

        WriteObject(change.Experiment);
    }

    private void Accept(object? input)
    {
        if (ExperimentIdentity.Resolve(input, Current, out ErrorRecord? error) is not { } experiment)
        {
            SubmitError(error!);
            return;
        }

        if (_collected is null)
        {
            Start(experiment);
            return;
        }

        _collected.Add(experiment);
        if (_collected.Count > MaximumCount)
        {
            ThrowTerminatingError(Errors.TooMany(Verb, MaximumCount));
        }
    }

    private void Start(ExperimentIdentity experiment)
    {
        if (ShouldProcess($"Experiment {experiment} in {Current}", Verb))
        {
            Submit(
                experiment.Input,
                experiment.ToString(),
                async cancellationToken => await ChangeAsync(experiment, cancellationToken).ConfigureAwait(false)
            );
        }
    }

    /// <summary>The list is read to its end first: a change while it is read would shift its pages.</summary>
    private List<Experiment> FindByName()
    {
        var found = new List<Experiment>();
        var pattern = new NamePattern(Name);
        foreach (ExperimentPage page in Pages(new ExperimentQuery()))
        {
            found.AddRange(page.Experiments.Where(experiment => pattern.IsMatch(experiment.Name)));
        }

        foreach (string missing in pattern.Missing)
        {
            WriteError(Errors.NoSuchName(missing));
        }

        return found;
    }

    private void Summarize()
    {
        int total = Done;
        if (total == 0)
        {
            return;
        }

        var rest = new List<string>();
        if (_unchanged > 0)
        {
            rest.Add($"{_unchanged} {UnchangedText}");
        }

        if (Failed > 0)
        {
            rest.Add($"{Failed} failed");
        }

        string text = $"{DoneText} {_changed} of {total}{(rest.Count > 0 ? ": " + string.Join(", ", rest) : "")}.";
        if (Failed > 0 && total > 1)
        {
            WriteWarning(text);
        }
        else
        {
            WriteVerbose(text);
        }
    }
}
