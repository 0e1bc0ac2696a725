using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;

namespace PictifyPS.Commands;

/// <summary>Creates draft experiments.</summary>
/// <remarks>
/// <para>Every rule of the service that can be checked locally is checked before anything is sent, and one error names all rules that are
/// broken. Parameters that are not given are not sent: the service uses its defaults. A blank cell of a CSV counts as not given. A create
/// that has to be sent again never creates two experiments, because a slug is unique. Start-PictifyExperiment starts the draft.</para>
/// </remarks>
/// <example>
/// <code>New-PictifyExperiment 'Hero Autumn' -Type AbTest -TemplateUid tmpl_1 -Variant (New-PictifyVariant a 5000), (New-PictifyVariant b 5000)</code>
/// <para>Creates an A/B test of two variants; its slug is hero-autumn.</para>
/// </example>
/// <example>
/// <code>New-PictifyExperiment 'Hero App' -Type AbTest -GoalType ClickThrough -DestinationUrl https://shop.example/app -Variant @{ id = 'a'; weight = 2500 }, @{ id = 'b'; weight = 7500 } | Start-PictifyExperiment</code>
/// <para>Gives the variants as hashtables, and starts the experiment at once.</para>
/// </example>
/// <seealso cref="NewPictifyVariantCommand"/>
/// <seealso cref="StartPictifyExperimentCommand"/>
/// <seealso cref="CopyPictifyExperimentCommand"/>
/// <seealso cref="GetPictifyExperimentQuotaCommand"/>
[Cmdlet(VerbsCommon.New, "PictifyExperiment", SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class NewPictifyExperimentCommand : BulkCmdlet
{
    private static readonly InputParameters _parameters = new(typeof(NewPictifyExperimentCommand));

    /// <summary>The display name, 255 characters at most.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    /// <summary>The kind of experiment: AbTest, SmartLink or Scheduled.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [EnumName(typeof(ExperimentType))]
    public ExperimentType Type { get; set; }

    /// <summary>
    /// The variants, two or more, with weights that sum to 10000: from New-PictifyVariant, hashtables or JSON.
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Variants")]
    [ApiObject(typeof(Variant), BlankIsNull = true)]
    public Variant[] Variant { get; set; } = [];

    /// <summary>The name in public image URLs: 3 to 60 of a-z, 0-9 and '-'. Default: derived from the name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Slug { get; set; }

    /// <summary>The template of variants that do not have their own.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? TemplateUid { get; set; }

    /// <summary>What the experiment is meant to show, 500 characters at most.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Hypothesis { get; set; }

    /// <summary>What counts as success: ImpressionsOnly (the service's default) or ClickThrough.</summary>
    [Parameter]
    [EnumName(typeof(GoalType))]
    public GoalType GoalType { get; set; }

    /// <summary>The address that a click opens: http or https; needed for ClickThrough.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? DestinationUrl { get; set; }

    /// <summary>
    /// Auto-optimisation of an A/B test, from the Standard plan up: a Pictify.BanditConfig, a hashtable or JSON with enabled,
    /// algorithm, warmupImpressions and recomputeIntervalMinutes.
    /// </summary>
    [Parameter]
    [ApiObject(typeof(BanditConfig))]
    public BanditConfig? BanditConfig { get; set; }

    /// <summary>How images are rendered: a Pictify.OutputConfig, a hashtable or JSON with format (png, jpeg, webp) and quality (1 to 100).</summary>
    [Parameter]
    [ApiObject(typeof(OutputConfig))]
    public OutputConfig? OutputConfig { get; set; }

    /// <summary>Impressions before a result counts; the service's default is 1000.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BlankIsNull]
    public long? MinimumSampleSize { get; set; }

    /// <summary>The confidence that a result needs, 0 to 1; the service's default is 0.95.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BlankIsNull]
    public double? ConfidenceThreshold { get; set; }

    /// <summary>Days before a result counts; the service's default is 7.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [BlankIsNull]
    public int? MinimumRunDays { get; set; }

    /// <summary>The smallest effect to detect, a fraction; only some of the service's documents mention it.</summary>
    [Parameter]
    public double MinimumDetectableEffect { get; set; }

    /// <summary>The image that is served if no variant can be served: http or https.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? FallbackImageUrl { get; set; }

    /// <summary>The template that is rendered if no variant applies.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? FallbackTemplateUid { get; set; }

    /// <summary>When the experiment starts; only some of the service's documents mention it.</summary>
    [Parameter]
    public DateTimeOffset StartAt { get; set; }

    /// <summary>When the experiment ends; only some of the service's documents mention it.</summary>
    [Parameter]
    public DateTimeOffset EndAt { get; set; }

    /// <summary>When public images expire; only some of the service's documents mention it.</summary>
    [Parameter]
    public DateTimeOffset ExpiresAt { get; set; }

    /// <inheritdoc cref="ExperimentChangeCmdlet.Reason"/>
    [Parameter]
    [Text("New-PictifyExperiment -Reason")]
    public string? Reason { get; set; }

    /// <inheritdoc cref="ExperimentChangeCmdlet.Ticket"/>
    [Parameter]
    [Text("New-PictifyExperiment -Ticket")]
    public string? Ticket { get; set; }

    private protected override string Activity => "Creating experiments";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _ = BeginRecord(Current, Reason, Ticket);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var experiment = new Experiment
        {
            Name = Name,
            TypeText = ApiName.Of(Type),
            Slug = BlankIsNullAttribute.IsBlank(Slug) ? ExperimentRules.SlugFrom(Name) : Slug,
        };
        ExperimentFields.Given(_parameters.Given(this)).ApplyTo(experiment);
        LedgerEntry creation = Record.NewEntry() with
        {
            Change = ChangeKind.Create,
            Name = Name,
            Slug = experiment.Slug,
            AfterText = ApiName.Of(ExperimentStatus.Draft),
        };
        FieldError[] errors = ExperimentRules.CheckNew(experiment);
        if (errors.Length > 0)
        {
            ErrorRecord error = InputErrors.Invalid($"experiment '{SafeText.Clean(Name)}'", errors, Name);
            Run.SubmitError(error, Record.NotStarted(creation, error));
            return;
        }

        Run.SubmitRecorded(
            new RecordedChange(
                Name,
                $"'{SafeText.Clean(Name)}'",
                $"Experiment '{SafeText.Clean(Name)}' ({experiment.Slug}) in {Current}",
                $"Create{Record.Because}",
                () => creation,
                async (entry, cancellationToken) =>
                    (
                        await Record
                            .RunAsync(entry, token => Client.CreateAsync(experiment, token), cancellationToken)
                            .ConfigureAwait(false)
                    ).Experiment
            )
        );
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Run.Finish();
        EndRecord();
    }
}
