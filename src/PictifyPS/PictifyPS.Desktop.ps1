# The part of PictifyPS.psm1 for Windows PowerShell, which has one load context for everybody.

$assemblies = foreach ($name in 'Pictify', 'PictifyPS') {
    [System.Reflection.Assembly]::LoadFrom("$PSScriptRoot/net472/$name.dll")
}

# Answers for the DLLs beside the module, and for nothing else.
[PictifyPS.ModuleAssemblies]::Register()
[PictifyPS.ModuleExports]::HandOver((Import-Module -Assembly $assemblies -PassThru), $ExecutionContext.SessionState.Module)
