@{
    RootModule        = 'EmptyModule.dll'
    ModuleVersion     = '1.0.0'
    GUID              = 'b3f0a4de-5a0f-4d0e-9f0e-0a4a51c0a6a7'
    FormatsToProcess  = @('EmptyModule.format.ps1xml')
    TypesToProcess    = @('EmptyModule.types.ps1xml')
    CmdletsToExport   = @('Get-Nothing')
    FunctionsToExport = @()
    AliasesToExport   = @()
    VariablesToExport = @()
}
