using System.Management.Automation;
using Pictify;
using Pictify.Http;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Changes fields of experiments.</summary>
/// <remarks>
/// <para>-Name, -Uid or the pipeline say which experiments are meant; -NewName and -NewSlug rename one. -WhatIf and -Confirm show each
/// field as it is and as it would be.</para>
/// <para>Only what is given is sent. A draft or paused experiment takes every field; a running one takes the name, the confidence
/// threshold, the minimum run days and the destination URL; a completed one takes the name. The error for a field that may not
/// change now names those that may. Parts of a goal, of auto-optimisation and of the output that are not given stay as they
/// are, and so do fields that this module does not know.</para>
/// </remarks>
/// <example>
/// <code>Set-PictifyExperiment exp_abc123 -NewName 'Hero Autumn 2' -ConfidenceThreshold 0.9</code>
/// <para>Changes two fields of a running experiment.</para>
/// </example>
/// <example>
/// <code>Set-PictifyExperiment -Name 'Hero*' -DestinationUrl https://shop.example/sale -WhatIf</code>
/// <para>Lists where the clicks of several experiments go, and where they would go.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero*' | ForEach-Object { $_ | Set-PictifyExperiment -NewName ($_.Name + ' 2') }</code>
/// <para>Renames several, each to a name of its own.</para>
/// </example>
/// <seealso cref="GetPictifyExperimentCommand"/>
/// <seealso cref="NewPictifyExperimentCommand"/>
/// <seealso cref="NewPictifyVariantCommand"/>
/// <seealso>about_PictifyPS_Bulk</seealso>
[Cmdlet(VerbsCommon.Set, "PictifyExperiment", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class SetPictifyExperimentCommand : ExperimentChangeCmdlet
{
    private FieldChanges _changes = null!;

    /// <summary>A new display name, 255 characters at most, for one experiment: for several, nothing is sent (NotForSeveral).</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -NewName")]
    public string? NewName { get; set; }

    /// <summary>A new name in public image URLs: 3 to 60 of a-z, 0-9 and '-'. For one experiment, as -NewName is.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -NewSlug")]
    public string? NewSlug { get; set; }

    /// <summary>All the variants, instead of the present ones: from New-PictifyVariant, hashtables or JSON.</summary>
    [Parameter]
    [ApiObject(typeof(Variant))]
    public Variant[] Variant { get; set; } = [];

    /// <summary>The template that variants render unless they name their own.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -TemplateUid")]
    public string? TemplateUid { get; set; }

    /// <summary>What the experiment is meant to show, 500 characters at most.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -Hypothesis")]
    public string? Hypothesis { get; set; }

    /// <summary>What counts as success: ImpressionsOnly (the service's default) or ClickThrough.</summary>
    [Parameter]
    [EnumName(typeof(GoalType))]
    public GoalType GoalType { get; set; }

    /// <summary>Where a click leads: http or https; needed for ClickThrough.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -DestinationUrl")]
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
    [Parameter]
    public long MinimumSampleSize { get; set; }

    /// <summary>0 to 1; the service's default is 0.95.</summary>
    [Parameter]
    public double ConfidenceThreshold { get; set; }

    /// <summary>Days before a result counts; the service's default is 7.</summary>
    [Parameter]
    public int MinimumRunDays { get; set; }

    /// <summary>The smallest effect to detect, a fraction; known from some of the service's sources only.</summary>
    [Parameter]
    public double MinimumDetectableEffect { get; set; }

    /// <summary>The image that is served if no variant can be: http or https.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -FallbackImageUrl")]
    public string? FallbackImageUrl { get; set; }

    /// <summary>The template that is rendered if no variant fits.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -FallbackTemplateUid")]
    public string? FallbackTemplateUid { get; set; }

    /// <summary>From when; known from some of the service's sources only.</summary>
    [Parameter]
    public DateTimeOffset StartAt { get; set; }

    /// <summary>Until when; known from some of the service's sources only.</summary>
    [Parameter]
    public DateTimeOffset EndAt { get; set; }

    /// <summary>When public images expire; known from some of the service's sources only.</summary>
    [Parameter]
    public DateTimeOffset ExpiresAt { get; set; }

    private protected override string Verb => "Set";

    private protected override string ActionOn(ExperimentIdentity experiment, Experiment? present) =>
        $"Set {_changes.Differences(present)}";

    private protected override (string, string)? ForOne =>
        NewName is not null ? ("-NewName", "$_ | Set-PictifyExperiment -NewName ($_.Name + ' 2')")
        : NewSlug is not null ? ("-NewSlug", "$_ | Set-PictifyExperiment -NewSlug ($_.Slug + '-2')")
        : null;

    private protected override PictifyException? GetRefusal(ExperimentIdentity experiment, Experiment present) =>
        ChangePreview.GetEditRefusal(present, _changes.Changed(present), _changes.Names);

    private protected override ChangeKind Kind => ChangeKind.Edit;

    private protected override string Detail => string.Join(",", _changes.Names);

    private protected override string DoneText => "Changed";

    private protected override string UnchangedText => "unchanged";

    private protected override string Activity => "Changing experiments";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // Made here: the work runs on other threads, while the cmdlet's own parameters follow the pipeline.
        _changes = Given();
        if (_changes.Names.Count == 0)
        {
            ThrowTerminatingError(InputErrors.NothingToChange());
        }

        // Parts of objects are checked once the rest of the object is known; the service has the last word.
        Experiment changes = _changes.Changed(null);
        changes.GoalConfig = null;
        FieldError[] errors = ExperimentRules.CheckChanges(changes, _changes.Has(FieldTable.Variants));
        if (errors.Length > 0)
        {
            ThrowTerminatingError(InputErrors.Invalid("change", errors, null));
        }
    }

    private protected override async Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    )
    {
        // What is not given of an object is sent as it is, so it is read as it is.
        Experiment? known = _changes.HasParts
            ? await Client.GetAsync(experiment.Uid, cancellationToken).ConfigureAwait(false)
            : experiment.Known;
        return await Client
            .UpdateAsync(experiment.Uid, _changes.Body(known), known, cancellationToken)
            .ConfigureAwait(false);
    }

    private FieldChanges Given()
    {
        FieldChanges given = ExperimentFields.Given(
            new Dictionary<string, object>(MyInvocation.BoundParameters, StringComparer.OrdinalIgnoreCase)
        );
        if (NewSlug is not null)
        {
            given.Add(FieldTable.Slug, NewSlug);
        }

        if (NewName is not null)
        {
            given.Add(FieldTable.Name, NewName);
        }

        return given;
    }
}
