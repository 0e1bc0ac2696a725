# Loads the module's assemblies: on PowerShell 7 in a load context of their own, on Windows PowerShell beside the others.
# Both are imported, so that [Pictify.Experiment] resolves as a type literal.

$framework = if ($PSVersionTable.PSEdition -eq 'Core') { 'net8.0' } else { 'net472' }
$directory = [System.IO.Path]::Combine($PSScriptRoot, $framework)
$mainFile = [System.IO.Path]::Combine($directory, 'PictifyPS.dll')
if (-not [System.IO.File]::Exists($mainFile)) {
    throw "PictifyPS is not built for this PowerShell: '$mainFile' is missing. Run './build.ps1' or 'dotnet build PictifyPS.sln' first."
}

if ($framework -eq 'net8.0') {
    # Add-Type would do too, but a bare PowerShell engine has no Add-Type.
    $loaderFile = [System.IO.Path]::Combine($directory, 'PictifyPS.Loader.dll')
    $loader = [System.Reflection.Assembly]::LoadFrom($loaderFile).GetType('PictifyPS.Loader.LoadContext', $true)
    $assemblies = foreach ($name in 'Pictify', 'PictifyPS') { $loader::LoadModuleAssembly($name) }
}
else {
    $assemblies = foreach ($name in 'Pictify', 'PictifyPS') {
        [System.Reflection.Assembly]::LoadFrom([System.IO.Path]::Combine($directory, "$name.dll"))
    }

    # Answers for the DLLs beside the module, and for nothing else.
    [PictifyPS.ModuleAssemblies]::Register()
}

# PowerShell finds an assembly that was imported before in a cache, and then exports nothing into this module
# (PowerShell/PowerShell issue 20710): so the cmdlets and aliases are handed over here, each time.
$flags = [System.Reflection.BindingFlags]'Instance, NonPublic'
$addCmdlet = [System.Management.Automation.PSModuleInfo].GetMethod('AddExportedCmdlet', $flags)
$addAlias = [System.Management.Automation.PSModuleInfo].GetMethod('AddExportedAlias', $flags)
foreach ($assembly in $assemblies) {
    $inner = Import-Module -Assembly $assembly -PassThru
    foreach ($cmdlet in $inner.ExportedCmdlets.Values) {
        $null = $addCmdlet.Invoke($ExecutionContext.SessionState.Module, @(, $cmdlet))
    }

    foreach ($alias in $inner.ExportedAliases.Values) {
        $null = $addAlias.Invoke($ExecutionContext.SessionState.Module, @(, $alias))
    }
}
