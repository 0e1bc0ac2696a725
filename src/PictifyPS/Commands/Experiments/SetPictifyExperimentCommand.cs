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

    /// <inheritdoc cref="NewPictifyExperimentCommand.TemplateUid"/>
    [Parameter]
    [Text("Set-PictifyExperiment -TemplateUid")]
    public string? TemplateUid { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.Hypothesis"/>
    [Parameter]
    [Text("Set-PictifyExperiment -Hypothesis")]
    public string? Hypothesis { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.GoalType"/>
    [Parameter]
    [EnumName(typeof(GoalType))]
    public GoalType GoalType { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.DestinationUrl"/>
    [Parameter]
    [Text("Set-PictifyExperiment -DestinationUrl")]
    public string? DestinationUrl { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.BanditConfig"/>
    [Parameter]
    [ApiObject(typeof(BanditConfig))]
    public BanditConfig? BanditConfig { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.OutputConfig"/>
    [Parameter]
    [ApiObject(typeof(OutputConfig))]
    public OutputConfig? OutputConfig { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.MinimumSampleSize"/>
    [Parameter]
    public long MinimumSampleSize { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.ConfidenceThreshold"/>
    [Parameter]
    public double ConfidenceThreshold { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.MinimumRunDays"/>
    [Parameter]
    public int MinimumRunDays { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.MinimumDetectableEffect"/>
    [Parameter]
    public double MinimumDetectableEffect { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.FallbackImageUrl"/>
    [Parameter]
    [Text("Set-PictifyExperiment -FallbackImageUrl")]
    public string? FallbackImageUrl { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.FallbackTemplateUid"/>
    [Parameter]
    [Text("Set-PictifyExperiment -FallbackTemplateUid")]
    public string? FallbackTemplateUid { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.StartAt"/>
    [Parameter]
    public DateTimeOffset StartAt { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.EndAt"/>
    [Parameter]
    public DateTimeOffset EndAt { get; set; }

    /// <inheritdoc cref="NewPictifyExperimentCommand.ExpiresAt"/>
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
