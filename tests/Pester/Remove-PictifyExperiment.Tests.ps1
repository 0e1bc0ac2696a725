#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Remove-PictifyExperiment: what it removes and what it refuses. That it asks first is in Contract.Tests.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Remove-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'removes one that is <From>' -ForEach @(
        @{ From = 'Draft'; Uid = 'exp_sandbox_11' }
        @{ From = 'Paused'; Uid = 'exp_sandbox_04' }
        @{ From = 'Completed'; Uid = 'exp_sandbox_12' }
    ) {
        $said = Invoke-Captured { Remove-PictifyExperiment $Uid -Confirm:$false }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        $after = Invoke-Captured { Get-PictifyExperiment -Uid $Uid }
        $after.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $after.Errors | Should -BeExactly @('ExperimentNotFound')
    }

    It 'refuses one that is <From>, and leaves it so' -ForEach @(
        @{ From = 'Running'; Uid = 'exp_sandbox_01' }
    ) {
        $said = Invoke-Captured { Remove-PictifyExperiment $Uid -Confirm:$false }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('StateConflict')
        $said.Output | Should -BeNullOrEmpty
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly $From
    }

    It 'takes one that is gone already as removed' {
        $said = Invoke-Captured { 'exp_sandbox_11', 'exp_sandbox_11' | Remove-PictifyExperiment -Confirm:$false }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
    }

    It 'names what ends a running one' {
        $said = Invoke-Captured { Remove-PictifyExperiment exp_sandbox_01 -Confirm:$false }

        $said.Errors.Count | Should -Be 1
        "$($said.Errors[0])".Contains('Suspend-PictifyExperiment or Complete-PictifyExperiment') | Should -BeTrue -Because "$($said.Errors[0])"
    }
}
