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

/// <summary>
/// Analyses experiments' counters: which variant wins, which one does harm, and whether the split of traffic can be trusted.
/// </summary>
/// <remarks>
/// <para>Experiments from the pipeline are measured as they are, without a request and without a connection. So is any object that has
/// Variants with Id, Weight, Impressions and Clicks: deserialized experiments, hashtables, objects from JSON. Experiments that are given by
/// uid only are read first. Nothing is ever changed.</para>
/// <para>The verdict is the first of these that applies. NotApplicable: the variants are not chosen at random by weight (smart links,
/// scheduled variants, auto-optimisation, variants that were changed after the start according to the ledger), or there is only one.
/// DataProblem: more clicks than impressions, or a split that does not fit the weights. Harmful: a variant is worse than the control by
/// more than -HarmMargin; this needs no minimum of data. TooFewData: the minimum of impressions or of days is not reached. Winning: a
/// variant is better than the control. NoDifference: all lifts are within -NegligibleLift. Undecided: none of these yet.</para>
/// <para>Intervals of lifts and the verdict are valid together, however often you measure, with the confidence that is asked for. The
/// intervals of the rates, ProbabilityBest, ExpectedLoss and ChiSquare are valid for a single measurement; no verdict depends on them.
/// Rates and lifts are fractions; a LiftHigh of infinity means that the control may have no clicks at all. about_PictifyPS_Statistics
/// explains the statistics.</para>
/// <para>Days do not include the pauses that the ledger contains. They count from the start if the ledger contains it, else from the
/// experiment's StartAt or CreatedAt. If no date is known, no minimum of days applies.</para>
/// </remarks>
/// <example>
/// <code>Get-PictifyExperiment -Status Running | Measure-PictifyExperiment</code>
/// <para>Measures all running experiments; a line for each variant shows its lift, and the interval of the true lift.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment -Status Running | Measure-PictifyExperiment | Where Verdict -eq Harmful | Suspend-PictifyExperiment -Reason 'Guard'</code>
/// <para>Pauses experiments with a harmful variant. samples/guard.ps1 is a script for a scheduler that does this.</para>
/// </example>
/// <example>
/// <code>Measure-PictifyExperiment -Name 'Hero*' -Detailed</code>
/// <para>Reads the experiments whose names begin with Hero, and shows every number of every variant, and the advice.</para>
/// </example>
/// <example>
/// <code>@{ Variants = @{ Id = 'a'; Weight = 50; Impressions = 7500; Clicks = 280 }, @{ Id = 'b'; Weight = 50; Impressions = 7500; Clicks = 170 } } | Measure-PictifyExperiment -MinimumImpressions 100</code>
/// <para>Measures counters from any source; no request is sent.</para>
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
    [Text("Measure-PictifyExperiment -Uid", ReplacesInput = true)]
    public string[] Uid { get; set; } = [];

    /// <summary>The experiments' names; wildcards are allowed. They are read first.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Name))]
    [ArgumentCompleter(typeof(NameCompleter))]
    [SupportsWildcards]
    [Text("Measure-PictifyExperiment -Name", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>
    /// The experiments' slugs, as in public image URLs; wildcards are allowed. The experiments are read first.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Slug))]
    [ArgumentCompleter(typeof(SlugPatternCompleter))]
    [SupportsWildcards]
    [Text("Measure-PictifyExperiment -Slug", ReplacesInput = true)]
    [ValidateNotNullOrEmpty]
    public string[] Slug { get; set; } = [];

    /// <summary>
    /// The id of the variant that the others are compared with. Default: the experiment's default variant, else the one called control,
    /// else the first.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(VariantIdCompleter))]
    [Text("Measure-PictifyExperiment -Control")]
    [ValidateNotNullOrEmpty]
    public string? Control { get; set; }

    /// <summary>
    /// The confidence that all of an experiment's verdicts and intervals of lifts are right, in all measurements: 0.5 to 0.9999. Default:
    /// the experiment's ConfidenceThreshold, else 0.95.
    /// </summary>
    [Parameter]
    [ValidateRange(0.5, 0.9999)]
    public double Confidence { get; set; }

    /// <summary>
    /// The impressions that each variant needs for any verdict except Harmful. Default: the experiment's MinimumSampleSize, else 1000.
    /// </summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MinimumImpressions { get; set; }

    /// <summary>
    /// The days that an experiment has to run for any verdict except Harmful; pauses that the ledger contains do not count. Default: the
    /// experiment's MinimumRunDays, else 7.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, 36500.0)]
    public double MinimumRunDays { get; set; }

    /// <summary>
    /// How much worse than the control a variant has to be to be harmful, as a fraction of the control's rate: 0 to 0.99. Default 0.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, 0.99)]
    public double HarmMargin { get; set; }

    /// <summary>The lift, up or down, up to which variants count as the same: 0.0001 to 1. Default 0.01.</summary>
    [Parameter]
    [ValidateRange(0.0001, 1.0)]
    public double NegligibleLift { get; set; } = 0.01;

    /// <summary>
    /// How many impressions (and clicks) one viewer makes on average, if viewers see an image more than once: 1 or more. Counters are
    /// divided by it first. Default 1.
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
        else if (meant.WithCounters is { } known)
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

    /// <summary>On this thread: it takes less time than passing it to another thread.</summary>
    private void Measure(Experiment experiment, object? target)
    {
        try
        {
            ExperimentMeasurement measured = RunTimes.Measure(experiment, _options);

            // Enqueued like those that are still being read, to keep the order of the input.
            Run.Submit(target, null, _ => Task.FromResult<object?>(measured));
        }
        catch (ItemException exception)
        {
            Run.SubmitError(Failures.From(exception, target, MeasurementTarget.Label(experiment)));
        }
    }
}
