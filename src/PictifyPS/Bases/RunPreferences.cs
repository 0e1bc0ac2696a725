using System.Management.Automation;

namespace PictifyPS.Bases;

/// <summary>PowerShell's common parameters: the bound value, or else that of the preference variable.</summary>
internal static class RunPreferences
{
    /// <summary>True under -WhatIf: nothing is changed.</summary>
    public static bool IsWhatIf(PSCmdlet cmdlet) =>
        TryGetBound(cmdlet, "WhatIf", out object? given)
            ? IsOn(given)
            : LanguagePrimitives.IsTrue(Preference(cmdlet, "WhatIfPreference"));

    /// <summary>True if ShouldProcess prompts, by -Confirm or $ConfirmPreference.</summary>
    public static bool Confirms(PSCmdlet cmdlet)
    {
        if (TryGetBound(cmdlet, "Confirm", out object? given))
        {
            return IsOn(given);
        }

        var attribute = (CmdletAttribute)Attribute.GetCustomAttribute(cmdlet.GetType(), typeof(CmdletAttribute))!;
        return LanguagePrimitives.TryConvertTo(Preference(cmdlet, "ConfirmPreference"), out ConfirmImpact from)
            && from != ConfirmImpact.None
            && attribute.ConfirmImpact >= from;
    }

    /// <summary>True if an error of one input ends the command, by -ErrorAction or $ErrorActionPreference.</summary>
    public static bool EndsAtError(PSCmdlet cmdlet) =>
        LanguagePrimitives.TryConvertTo(
            TryGetBound(cmdlet, "ErrorAction", out object? given) ? given : Preference(cmdlet, "ErrorActionPreference"),
            out ActionPreference preference
        )
        && preference == ActionPreference.Stop;

    /// <summary>True if the host shows progress, by -ProgressAction or $ProgressPreference.</summary>
    public static bool ShowsProgress(PSCmdlet cmdlet) =>
        (TryGetBound(cmdlet, "ProgressAction", out object? given) ? given : Preference(cmdlet, "ProgressPreference"))
            is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    private static bool TryGetBound(PSCmdlet cmdlet, string parameter, out object? value) =>
        cmdlet.MyInvocation.BoundParameters.TryGetValue(parameter, out value);

    private static object? Preference(PSCmdlet cmdlet, string name) => cmdlet.SessionState.PSVariable.GetValue(name);

    private static bool IsOn(object? value) => value is SwitchParameter { IsPresent: true } or true;
}
