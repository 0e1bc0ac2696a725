using System.Management.Automation;
using System.Reflection;

namespace PictifyPS;

/// <summary>Hands the assemblies' cmdlets and aliases over to the module; PowerShell has no public way to do that.</summary>
public static class ModuleExports
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>Called by the module's script, after each import.</summary>
    public static void HandOver(PSModuleInfo[] from, PSModuleInfo to)
    {
        MethodInfo addCmdlet = typeof(PSModuleInfo).GetMethod("AddExportedCmdlet", Hidden)!;
        MethodInfo addAlias = typeof(PSModuleInfo).GetMethod("AddExportedAlias", Hidden)!;
        foreach (PSModuleInfo module in from ?? [])
        {
            foreach (CmdletInfo cmdlet in module.ExportedCmdlets.Values)
            {
                addCmdlet.Invoke(to, [cmdlet]);
            }

            foreach (AliasInfo alias in module.ExportedAliases.Values)
            {
                addAlias.Invoke(to, [alias]);
            }
        }
    }
}
