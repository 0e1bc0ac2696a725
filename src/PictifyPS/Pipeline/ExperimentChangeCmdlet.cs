using System.Management.Automation;
using Pictify.Http;

namespace PictifyPS.Pipeline;

/// <summary>A cmdlet that changes experiments, with confirmation, a fuse and a summary.</summary>
public abstract class ExperimentChangeCmdlet : ExperimentSelectCmdlet
{
    private List<ExperimentIdentity>? _collected;
    private int _changed;
    private int _unchanged;

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

        base.EndProcessing();
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

        base.OnResult(change.Experiment);
    }

    /// <inheritdoc/>
    private protected override void Accept(ExperimentIdentity experiment)
    {
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

    /// <inheritdoc/>
    private protected override void Start(ExperimentIdentity experiment)
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

    private void Summarize()
    {
        if (Done == 0)
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

        string text = $"{DoneText} {_changed} of {Done}{(rest.Count > 0 ? ": " + string.Join(", ", rest) : "")}.";
        if (Failed > 0 && Done > 1)
        {
            WriteWarning(text);
        }
        else
        {
            WriteVerbose(text);
            WriteInformation(text, [nameof(PictifyPS)]);
        }
    }
}
