# Loads the module's assemblies: on PowerShell 7 in a load context of their own, on Windows PowerShell beside the others.
# Both are imported, so that [Pictify.Experiment] resolves as a type literal. There is as little script here as can be: each
# kind of call that a script makes first costs an import some milliseconds.

try {
    if ($IsCoreCLR) {
        # Add-Type would do too, but a bare PowerShell engine has no Add-Type.
        $assemblies = [System.Reflection.Assembly]::LoadFrom("$PSScriptRoot/net8.0/PictifyPS.Loader.dll").
            GetType('PictifyPS.Loader.LoadContext')::LoadModule()
    }
    else {
        $assemblies = foreach ($name in 'Pictify', 'PictifyPS') {
            [System.Reflection.Assembly]::LoadFrom("$PSScriptRoot/net472/$name.dll")
        }

        # Answers for the DLLs beside the module, and for nothing else.
        [PictifyPS.ModuleAssemblies]::Register()
    }
}
catch [System.IO.FileNotFoundException] {
    throw "PictifyPS is not built for this PowerShell. Run './build.ps1' or 'dotnet build PictifyPS.sln' first. $_"
}

# PowerShell finds an assembly that was imported before in a cache, and then exports nothing into this module
# (PowerShell/PowerShell issue 20710): so what they export is handed over here, each time.
$assemblies[1].GetType('PictifyPS.ModuleExports')::HandOver(
    (Import-Module -Assembly $assemblies -PassThru),
    $ExecutionContext.SessionState.Module)
