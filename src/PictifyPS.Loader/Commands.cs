using System.Management.Automation;
using System.Reflection;

namespace PictifyPS.Loader;

// The module's script calls these two instead of methods: the first method call of a script costs a fresh process more than
// everything else of the import together. The manifest exports neither.

/// <summary>Emits the module's assemblies, from their load context.</summary>
[Cmdlet(VerbsCommon.Get, "PictifyAssembly")]
[OutputType(typeof(Assembly))]
public sealed class GetPictifyAssemblyCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(LoadContext.LoadModule(), enumerateCollection: true);
}

/// <summary>Hands what imported assemblies export over to the module whose script runs this.</summary>
[Cmdlet(VerbsData.Export, "PictifyAssembly")]
public sealed class ExportPictifyAssemblyCommand : PSCmdlet
{
    /// <summary>What 'Import-Module -Assembly -PassThru' gave.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSModuleInfo InputObject { get; set; } = null!;

    /// <inheritdoc/>
    protected override void ProcessRecord() => ModuleExports.HandOver([InputObject], SessionState.Module);
}
