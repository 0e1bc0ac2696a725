#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Get-PictifyExperimentQuota: its rows, and how they are shown.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Get-PictifyExperimentQuota' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'emits a row for each type' {
        $rows = @(Get-PictifyExperimentQuota -ErrorAction Stop)

        $rows.TypeText | Should -Be @('ab_test', 'smart_link', 'scheduled')
        $rows.Used | Should -Be @(7, 2, 2)
        $rows.IsUnlimited | Should -Be @($true, $true, $true)
        $rows.Plan | Should -Be @('Business', 'Business', 'Business')
    }

    It 'shows a row for each type' {
        $text = (Get-PictifyExperimentQuota | Get-Shown) -join "`n"

        $text | Should -Match 'ab_test +7 +unlimited +unlimited +Business'
        $text | Should -Match 'smart_link +2'
        $text | Should -Match 'scheduled +2'
    }
}
