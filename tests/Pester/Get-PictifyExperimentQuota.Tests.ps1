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

        $rows.TypeText | Should -BeExactly @('ab_test', 'smart_link', 'scheduled')
        $rows.Used | Should -Be @(7, 2, 2)
        $rows.IsUnlimited | Should -Be @($true, $true, $true)
        $rows.Plan | Should -BeExactly @('Business', 'Business', 'Business')
    }

    It 'shows a row for each type' {
        $text = (Get-PictifyExperimentQuota | Get-Shown) -join "`n"

        $text | Should -MatchExactly 'ab_test +7 +unlimited +unlimited +Business'
        $text | Should -MatchExactly 'smart_link +2'
        $text | Should -MatchExactly 'scheduled +2'
    }
}
