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
/// <para>-Name, -Slug, -Uid or the pipeline select the experiments; -NewName and -NewSlug rename one. -WhatIf and -Confirm show each
/// field's present and new value.</para>
/// <para>Only the fields that are given are sent. In a draft or paused experiment every field can be changed; in a running one the name,
/// the confidence threshold, the minimum run days and the destination URL; in a completed one the name. The error for a field that cannot
/// be changed now names those that can. Parts of a goal, of auto-optimisation and of the output that are not given stay unchanged, and so
/// do fields that this module does not support.</para>
/// </remarks>
/// <example>
/// <code>Set-PictifyExperiment exp_abc123 -NewName 'Hero Autumn 2' -ConfidenceThreshold 0.9</code>
/// <para>Changes two fields of a running experiment.</para>
/// </example>
/// <example>
/// <code>Set-PictifyExperiment -Name 'Hero*' -DestinationUrl https://shop.example/sale -WhatIf</code>
/// <para>Shows the present and the new destination of several experiments' clicks.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero*' | ForEach-Object { $_ | Set-PictifyExperiment -NewName ($_.Name + ' 2') }</code>
/// <para>Renames several experiments, each to a different name.</para>
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

    /// <summary>A new name in public image URLs: 3 to 60 of a-z, 0-9 and '-'. For one experiment only, like -NewName.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -NewSlug")]
    public string? NewSlug { get; set; }

    /// <summary>The variants that replace all present ones: from New-PictifyVariant, hashtables or JSON.</summary>
    [Parameter]
    [ApiObject(typeof(Variant))]
    public Variant[] Variant { get; set; } = [];

    /// <summary>The template of variants that do not have their own.</summary>
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

    /// <summary>The address that a click opens: http or https; needed for ClickThrough.</summary>
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

    /// <summary>The confidence that a result needs, 0 to 1; the service's default is 0.95.</summary>
    [Parameter]
    public double ConfidenceThreshold { get; set; }

    /// <summary>Days before a result counts; the service's default is 7.</summary>
    [Parameter]
    public int MinimumRunDays { get; set; }

    /// <summary>The smallest effect to detect, a fraction; only some of the service's documents mention it.</summary>
    [Parameter]
    public double MinimumDetectableEffect { get; set; }

    /// <summary>The image that is served if no variant can be served: http or https.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -FallbackImageUrl")]
    public string? FallbackImageUrl { get; set; }

    /// <summary>The template that is rendered if no variant applies.</summary>
    [Parameter]
    [Text("Set-PictifyExperiment -FallbackTemplateUid")]
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

        // Created here: the work runs on other threads, while PowerShell rebinds the cmdlet's parameters for each input.
        _changes = Given();
        if (_changes.Names.Count == 0)
        {
            ThrowTerminatingError(InputErrors.NothingToChange());
        }

        // Parts of objects can be checked only once the rest of the object is known; the service checks them.
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
        // Parts of an object that are not given are sent with their present values, so the experiment is read first.
        Experiment? known = _changes.HasParts
            ? await Client.GetAsync(experiment.Uid, cancellationToken).ConfigureAwait(false)
            : experiment.LastRead;
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
