#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Copy-PictifyExperiment: what a copy keeps, and what it does not.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Copy-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'makes a draft without counters and winner' {
        $copy = @(Copy-PictifyExperiment exp_sandbox_12 -NewSlug referral-2 -ErrorAction Stop)

        $copy.Count | Should -Be 1
        "$($copy[0].Status)" | Should -BeExactly 'Draft'
        $copy[0].Name | Should -BeExactly 'Referral Share Card (copy)'
        $copy[0].Slug | Should -BeExactly 'referral-2'
        $copy[0].Impressions | Should -Be 0
        $copy[0].WinnerVariantId | Should -Be $null
        $copy[0].Uid | Should -Not -BeNullOrEmpty
        $copy[0].Uid | Should -Not -Be 'exp_sandbox_12'
    }

    It 'ends with ValidationFailed where the slug is too short' {
        $said = Invoke-Captured { Copy-PictifyExperiment exp_sandbox_12 -NewSlug x }

        Get-ErrorId $said.Terminating | Should -BeExactly 'ValidationFailed'
        $sandbox.ChangeRequests | Should -Be 0
    }
}
