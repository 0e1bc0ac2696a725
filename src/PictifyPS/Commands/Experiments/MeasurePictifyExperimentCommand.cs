using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Statistics;
using PictifyPS.Bases;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;
using PictifyPS.Session;
using PictifyPS.Views;

namespace PictifyPS.Commands;

/// <summary>Says what experiments' numbers say: which variant wins, which one does harm, and whether the split can be trusted.</summary>
/// <remarks>
/// <para>Experiments from the pipeline are measured as they are, without a request and without a connection; so is whatever has
/// Variants with Id, Weight, Impressions and Clicks: deserialized experiments, hashtables, objects from JSON. Uids, and objects
/// that have only one, are read first. Nothing is changed, ever.</para>
/// <para>The verdict is the first of these that fits. NotApplicable: the variants are not drawn by weight (smart links, scheduled
/// variants, auto-optimisation, variants that the ledger says were changed after the start), or there is only one. DataProblem: more
/// clicks than impressions, or a split that does not fit the weights. Harmful: a variant is worse than the control by more than
/// -HarmMargin; no minimum is awaited. TooFewData: the minimum of impressions or of days is not reached. Winning: a variant is better
/// than the control. NoDifference: all lifts are within -NegligibleLift. Undecided: none of these yet.</para>
/// <para>Intervals of lifts and the verdict hold at every look, together, with the confidence that is asked for: measure as often as you
/// like. The rates' own intervals, ProbabilityBest, ExpectedLoss and ChiSquare describe one look, and decide nothing. Rates and lifts
/// are fractions; a LiftHigh of infinity says that the control may have no clicks at all. about_PictifyPS_Statistics explains all of
/// it.</para>
/// <para>Days count without the pauses that the ledger knows, and from the start if it knows that, else from the experiment's
/// StartAt or CreatedAt. If no date is known, no days are awaited.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyExperiment -Status Running | Measure-PictifyExperiment</code>
/// <para>What all running experiments say; a line for each variant shows its lift, and where the true one is.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment -Status Running | Measure-PictifyExperiment | Where Verdict -eq Harmful | Suspend-PictifyExperiment -Reason 'Guard'</code>
/// <para>Pauses what does harm. samples/guard.ps1 is this as a job for a scheduler.</para>
/// </example>
/// <example>
/// <code>Measure-PictifyExperiment -Name 'Hero*' -Detailed</code>
/// <para>Reads the experiments whose names begin with Hero, and shows every number of every variant, and the advice.</para>
/// </example>
/// <example>
/// <code>@{ Variants = @{ Id = 'a'; Weight = 50; Impressions = 7500; Clicks = 280 }, @{ Id = 'b'; Weight = 50; Impressions = 7500; Clicks = 170 } } | Measure-PictifyExperiment -MinimumImpressions 100</code>
/// <para>Measures counters from anywhere; nothing is asked of the service.</para>
/// </example>
/// <seealso cref="CompletePictifyExperimentCommand"/>
/// <seealso cref="SuspendPictifyExperimentCommand"/>
/// <seealso cref="GetPictifyExperimentCommand"/>
/// <seealso>about_PictifyPS_Statistics</seealso>
[Cmdlet(VerbsDiagnostic.Measure, "PictifyExperiment", DefaultParameterSetName = nameof(InputObject))]
[OutputType(typeof(ExperimentMeasurement))]
public sealed class MeasurePictifyExperimentCommand : BulkCmdlet
{
    private LedgerRunTimes? _runTimes;
    private MeasurementOptions _options = new();

    /// <summary>
    /// What to measure: experiments from Get-PictifyExperiment, anything with Variants, or with a Uid that is read first; plain
    /// strings are uids, or experiments in JSON.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(InputObject))]
    [ArgumentCompleter(typeof(UidCompleter))]
    [AllowNull]
    public PSObject?[]? InputObject { get; set; }

    /// <summary>The experiments' uids, such as exp_abc123; they are read first.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Uid))]
    [ArgumentCompleter(typeof(UidCompleter))]
    [Text("Measure-PictifyExperiment -Uid")]
    public string[] Uid { get; set; } = [];

    /// <summary>The experiments' names; wildcards are allowed. They are read first.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Name))]
    [ArgumentCompleter(typeof(NameCompleter))]
    [SupportsWildcards]
    [Text("Measure-PictifyExperiment -Name")]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>
    /// The experiments' slugs, as they stand in public image URLs; wildcards are allowed. The experiments are read first.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Slug))]
    [ArgumentCompleter(typeof(SlugPatternCompleter))]
    [SupportsWildcards]
    [Text("Measure-PictifyExperiment -Slug")]
    [ValidateNotNullOrEmpty]
    public string[] Slug { get; set; } = [];

    /// <summary>
    /// The id of the variant that the others are compared with. Default: the one that is the experiment's default, else the one
    /// called control, else the first.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(VariantIdCompleter))]
    [Text("Measure-PictifyExperiment -Control")]
    [ValidateNotNullOrEmpty]
    public string? Control { get; set; }

    /// <summary>
    /// That all of an experiment's verdicts and intervals of lifts hold, at all looks: 0.5 to 0.9999. Default: the experiment's
    /// ConfidenceThreshold, else 0.95.
    /// </summary>
    [Parameter]
    [ValidateRange(0.5, 0.9999)]
    public double Confidence { get; set; }

    /// <summary>
    /// Impressions of each variant before anything but harm is said. Default: the experiment's MinimumSampleSize, else 1000.
    /// </summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MinimumImpressions { get; set; }

    /// <summary>
    /// Days that an experiment runs before anything but harm is said; pauses that the ledger knows do not count. Default: the
    /// experiment's MinimumRunDays, else 7.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, 36500.0)]
    public double MinimumRunDays { get; set; }

    /// <summary>How much worse than the control is harm, as a fraction of the control's rate: 0 to 0.99. Default 0.</summary>
    [Parameter]
    [ValidateRange(0.0, 0.99)]
    public double HarmMargin { get; set; }

    /// <summary>Up to which lift, up or down, variants count as the same: 0.0001 to 1. Default 0.01.</summary>
    [Parameter]
    [ValidateRange(0.0001, 1.0)]
    public double NegligibleLift { get; set; } = 0.01;

    /// <summary>
    /// How many impressions (and clicks) one viewer makes, where they are not each another's: 1 or more. Counters are divided by it
    /// before anything else. Default 1.
    /// </summary>
    [Parameter]
    [ValidateRange(1.0, 1e6)]
    public double DesignEffect { get; set; } = 1;

    /// <summary>Shows every number of every variant, and the advice. The objects are the same.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    private protected override string Activity => "Measuring experiments";

    /// <summary>The ledger is read when the first experiment is measured.</summary>
    private LedgerRunTimes RunTimes => _runTimes ??= new LedgerRunTimes(this, Connection ?? DefaultConnection.Peek());

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (ParameterSetName != nameof(InputObject))
        {
            base.BeginProcessing();
        }

        _options = MeasurementInput.Options(MyInvocation.BoundParameters);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IEnumerable<object?> inputs = ParameterSetName switch
        {
            nameof(Name) => Find(new ExperimentPattern(Name, null)),
            nameof(Slug) => Find(new ExperimentPattern(null, Slug)),
            nameof(Uid) => Uid,
            _ => InputObject ?? [null],
        };
        foreach (object? input in inputs)
        {
            Take(input);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Run.Finish();

    /// <inheritdoc/>
    private protected override void OnResult(object? result) =>
        WriteObject(Detailed ? DetailedView.Of(result) : result);

    private IEnumerable<Experiment> Find(ExperimentPattern pattern)
    {
        IEnumerable<Experiment> all = Service.Pages(new ExperimentQuery()).SelectMany(static page => page.Experiments);
        foreach (Experiment experiment in all.Where(pattern.IsMatch))
        {
            yield return experiment;
        }

        WriteErrors(pattern.Missing());
    }

    private void Take(object? input)
    {
        var meant = MeasurementTarget.Of(input, () => Current, out ErrorRecord? error);
        if (error is not null)
        {
            Run.SubmitError(error);
        }
        else if (meant.Known is { } known)
        {
            Measure(known, meant.Input);
        }
        else
        {
            Run.Submit(meant.Input, $"{meant.ToRead}", ReadAndMeasure(meant.ToRead!.Uid, RunTimes));
        }
    }

    private Func<CancellationToken, Task<object?>> ReadAndMeasure(string uid, LedgerRunTimes runTimes) =>
        async token => runTimes.Measure(await Client.GetAsync(uid, token).ConfigureAwait(false), _options);

    /// <summary>Here and now: it takes less than handing it to another thread does.</summary>
    private void Measure(Experiment experiment, object? target)
    {
        try
        {
            ExperimentMeasurement measured = RunTimes.Measure(experiment, _options);

            // Among the results of those that are still read, in the order of the input.
            Run.Submit(target, null, _ => Task.FromResult<object?>(measured));
        }
        catch (ItemException exception)
        {
            Run.SubmitError(Failures.From(exception, target, MeasurementTarget.Subject(experiment)));
        }
    }
}
