@{
    # Cmdlets and library are built for each edition of PowerShell, side by side. For PowerShell 7 the first assembly loads the second one
    # with native code in it, where that ships for the platform: see src/PictifyPS.NativeCode.
    NestedModules          = if ($PSEdition -eq 'Core') { @('bin/Core/PictifyPS.NativeCode.dll', 'bin/Core/PictifyPS.dll') } else { @('bin/Desktop/PictifyPS.dll') }
    ModuleVersion          = '0.1.0'
    GUID                   = '6d1f0b0c-7c55-4a7e-9a53-0d5b6a6f7e21'
    Author                 = 'PictifyPS contributors'
    CompanyName            = 'PictifyPS contributors'
    Copyright              = '(c) PictifyPS contributors. MIT License.'
    Description            = 'Operate Pictify image experiments (A/B tests, smart links, scheduled variants) from PowerShell: find, pause and report on them in bulk. A community module, not made by Pictify. Includes a stateful sandbox that needs neither a key nor a network.'
    PowerShellVersion      = '5.1'
    DotNetFrameworkVersion = '4.7.2'
    CompatiblePSEditions   = @('Core', 'Desktop')
    FormatsToProcess       = @('bin/PictifyPS.format.ps1xml')
    TypesToProcess         = @('bin/PictifyPS.types.ps1xml')
    FunctionsToExport      = @()
    CmdletsToExport        = @(
        'Complete-PictifyExperiment',
        'Connect-Pictify',
        'Copy-PictifyExperiment',
        'Disconnect-Pictify',
        'Get-PictifyConnection',
        'Get-PictifyDueJob',
        'Get-PictifyExperiment',
        'Get-PictifyExperimentQuota',
        'Get-PictifyOperation',
        'Get-PictifyPause',
        'Invoke-PictifyApi',
        'Measure-PictifyExperiment',
        'New-PictifyExperiment',
        'New-PictifyVariant',
        'Register-PictifyDueJob',
        'Remove-PictifyConnection',
        'Remove-PictifyExperiment',
        'Resume-PictifyExperiment',
        'Save-PictifyConnection',
        'Save-PictifyExperimentImage',
        'Send-PictifyEvent',
        'Set-PictifyExperiment',
        'Start-PictifyExperiment',
        'Step-PictifySandbox',
        'Suspend-PictifyExperiment',
        'Test-PictifyConnection',
        'Test-PictifyLedger',
        'Undo-PictifyOperation',
        'Unregister-PictifyDueJob',
        'Update-PictifyOperation',
        'Wait-PictifyExperiment'
    )
    VariablesToExport      = @()
    AliasesToExport        = @('Pause-PictifyExperiment')
    PrivateData            = @{
        PSData = @{
            Tags         = @('Pictify', 'Experiments', 'ABTesting', 'Images', 'PSEdition_Core', 'PSEdition_Desktop', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ReleaseNotes = 'The first release: experiments in bulk, a ledger of every change, pauses with an end, a sandbox. CHANGELOG.md has the details.'
        }
    }
}
