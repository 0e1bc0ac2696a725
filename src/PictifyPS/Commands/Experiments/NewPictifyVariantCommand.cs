using System.Collections;
using System.Management.Automation;
using Pictify;
using PictifyPS.Bases;
using PictifyPS.Errors;
using PictifyPS.Input;

namespace PictifyPS.Commands;

/// <summary>Creates a variant for New- and Set-PictifyExperiment.</summary>
/// <remarks>
/// <para>Nothing is sent. This command checks the rules for a single variant. New- and Set-PictifyExperiment check that the weights of all
/// variants sum to exactly 10000 basis points.</para>
/// </remarks>
/// <example>
/// <code>New-PictifyVariant -Id control -Percent 50; New-PictifyVariant -Id short -Percent 50 -Variables @{ headline = 'Now!' }</code>
/// <para>Creates two variants that share the traffic equally.</para>
/// </example>
/// <example>
/// <code>New-PictifyVariant -Id mobile -Weight 5000 -Conditions @{ type = 'rule'; property = 'device'; ruleOperator = 'equals'; value = 'mobile' }</code>
/// <para>Creates a smart link's variant for mobile visitors.</para>
/// </example>
/// <seealso cref="NewPictifyExperimentCommand"/>
/// <seealso cref="SetPictifyExperimentCommand"/>
[Cmdlet(VerbsCommon.New, "PictifyVariant", DefaultParameterSetName = ByWeight)]
[OutputType(typeof(Variant))]
public sealed class NewPictifyVariantCommand : PSCmdlet
{
    private const string ByWeight = "Weight";
    private const string ByPercent = "Percent";

    /// <summary>The variant's id: letters, digits, '_' and '-'; unique within the experiment.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string Id { get; set; } = "";

    /// <summary>Share of traffic in basis points, 0 to 10000; those of an experiment sum to 10000.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = ByWeight)]
    [BlankIsNull]
    [ValidateRange(0, 10000)]
    public int? Weight { get; set; }

    /// <summary>Share of traffic in percent, 0 to 100, with two decimals at most.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByPercent)]
    [ValidateRange(0.0, 100.0)]
    public double Percent { get; set; }

    /// <summary>The display name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Name { get; set; }

    /// <summary>A template of its own, instead of the experiment's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? TemplateUid { get; set; }

    /// <summary>The template's variables, any object of JSON: a hashtable, an object with properties, or JSON.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ApiObject(typeof(IDictionary), BlankIsNull = true)]
    public IDictionary? Variables { get; set; }

    /// <summary>Serves this variant if no other one applies.</summary>
    [Parameter]
    public SwitchParameter IsDefault { get; set; }

    /// <summary>Which visitors get it, for smart links: a Pictify.Condition, a hashtable or JSON; three levels at most.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ApiObject(typeof(Condition), BlankIsNull = true)]
    public Condition? Conditions { get; set; }

    /// <summary>When it is served, for scheduled experiments: a Pictify.Schedule, a hashtable or JSON.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ApiObject(typeof(Schedule), BlankIsNull = true)]
    public Schedule? Schedule { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var variant = new Variant
        {
            Id = Id,
            Weight = ParameterSetName == ByPercent ? (int)Math.Round(Percent * 100) : Weight,
            Name = string.IsNullOrWhiteSpace(Name) ? null : Name,
            TemplateUid = string.IsNullOrWhiteSpace(TemplateUid) ? null : TemplateUid,
            Variables = Variables as IDictionary<string, object?>,
            IsDefault = IsDefault.IsPresent ? IsDefault.ToBool() : null,
            Conditions = Conditions,
            Schedule = Schedule,
        };
        FieldError[] errors = ExperimentRules.CheckVariant(variant);
        if (errors.Length > 0)
        {
            WriteError(InputErrors.Invalid("variant", errors, Id));
            return;
        }

        WriteObject(variant);
    }
}
