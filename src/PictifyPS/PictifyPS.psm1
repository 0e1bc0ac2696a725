# Loads the module's assemblies: on PowerShell 7 in a load context of their own, on Windows PowerShell beside the others.
# Both are imported, so that [Pictify.Experiment] resolves as a type literal. PowerShell finds an assembly that was imported
# before in a cache, and then exports nothing into this module (PowerShell/PowerShell issue 20710): so what they export is
# handed over here, each time.
#
# Commands only, no method and no type literal: what PowerShell makes ready for those costs a fresh process some 130 ms.

try {
    if ($IsCoreCLR) {
        Import-Module "$PSScriptRoot/net8.0/PictifyPS.Loader.dll" -ErrorAction Stop
        Import-Module -Assembly (Get-PictifyAssembly) -PassThru | Export-PictifyAssembly
    }
    else {
        . "$PSScriptRoot/PictifyPS.Desktop.ps1"
    }
}
catch {
    throw "PictifyPS cannot be loaded. Is it built for this PowerShell ('./build.ps1', or 'dotnet build PictifyPS.sln')? $_"
}
