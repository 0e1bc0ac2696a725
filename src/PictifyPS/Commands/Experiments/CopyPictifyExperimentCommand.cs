using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Selection;

namespace PictifyPS.Commands;

/// <summary>Copies an experiment to a new draft.</summary>
/// <remarks>
/// <para>Does the same as the dashboard's duplicate, which no API key can use: reads the experiment and creates a new one. Counters,
/// winner, dates and status are not copied. A new slug is needed, because slugs are unique.</para>
/// </remarks>
/// <example>
/// <code>Copy-PictifyExperiment exp_abc123 -NewSlug hero-autumn-2</code>
/// <para>Creates a draft like the original, with '(copy)' after its name.</para>
/// </example>
/// <example>
/// <code>Get-PictifyExperiment 'Hero Summer Sale' | Copy-PictifyExperiment -NewSlug hero-winter-sale -NewName 'Hero Winter Sale'</code>
/// <para>Creates a draft with a new name.</para>
/// </example>
/// <seealso cref="NewPictifyExperimentCommand"/>
/// <seealso cref="GetPictifyExperimentCommand"/>
/// <seealso cref="StartPictifyExperimentCommand"/>
[Cmdlet(VerbsCommon.Copy, "PictifyExperiment", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[OutputType(typeof(Experiment))]
public sealed class CopyPictifyExperimentCommand : ExperimentChangeCmdlet
{
    /// <summary>The copy's slug: 3 to 60 of a-z, 0-9 and '-'.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Text("Copy-PictifyExperiment -NewSlug")]
    public string NewSlug { get; set; } = "";

    /// <summary>The copy's name. Default: the original's, with '(copy)' after it.</summary>
    [Parameter]
    [Text("Copy-PictifyExperiment -NewName")]
    public string? NewName { get; set; }

    private protected override string Verb => "Copy";

    private protected override string ActionOn(ExperimentIdentity experiment, Experiment? present) =>
        $"Copy to '{NewSlug}'"
        + (NewName is null ? "" : $", named '{SafeText.OneLine(NewName, SafeText.LongestName)}'");

    private protected override (string, string)? ForOne =>
        ("-NewSlug", "$_ | Copy-PictifyExperiment -NewSlug ($_.Slug + '-2')");

    private protected override ChangeKind Kind => ChangeKind.Create;

    private protected override ExperimentStatus Wanted => ExperimentStatus.Draft;

    private protected override string DoneText => "Copied";

    private protected override string UnchangedText => "unchanged";

    private protected override string Activity => "Copying experiments";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (ExperimentRules.GetSlugProblem(NewSlug) is { } why)
        {
            ThrowTerminatingError(InputErrors.Invalid("copy", [new FieldError("slug", why)], NewSlug));
        }
    }

    /// <inheritdoc/>
    private protected override LedgerEntry EntryOf(ExperimentIdentity experiment) =>
        // The entry is about the copy, whose uid is not known yet.
        base.EntryOf(experiment) with
        {
            Uid = null,
            Name = NewName,
            Slug = NewSlug,
            BeforeText = null,
            Detail = $"copy of {experiment.Uid}",
        };

    private protected override async Task<ExperimentChange> ChangeAsync(
        ExperimentIdentity experiment,
        CancellationToken cancellationToken
    )
    {
        Experiment original = await Client.GetAsync(experiment.Uid, cancellationToken).ConfigureAwait(false);
        return GetRefusal(experiment, original) is { } broken
            ? throw broken
            : await Client.CreateAsync(original.CopyAs(NewSlug, NewName), cancellationToken).ConfigureAwait(false);
    }

    private protected override PictifyException? GetRefusal(ExperimentIdentity experiment, Experiment present) =>
        ChangePreview.Broken(
            "The copy would break rules of the service; nothing was created.",
            ExperimentRules.CheckNew(present.CopyAs(NewSlug, NewName))
        );
}
