#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Wait-PictifyExperiment: how it ends.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Wait-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'emits an experiment that has one of the statuses' {
        $there = @(Wait-PictifyExperiment exp_sandbox_01 -Status Running, Paused -ErrorAction Stop)

        $there.Count | Should -Be 1
        "$($there[0].Status)" | Should -BeExactly 'Running'
    }

    It 'ends with WaitTimedOut after -TimeoutSec, and names the status last seen' {
        $said = Invoke-Captured { Wait-PictifyExperiment exp_sandbox_01 -Status Paused -TimeoutSec 0 }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('WaitTimedOut')
        "$($said.Errors[0])".Contains("'running'") | Should -BeTrue -Because "$($said.Errors[0])"
        $said.Output | Should -BeNullOrEmpty
    }

    It 'ends with WaitTimedOut at once where the status can never come' {
        $said = Invoke-Captured { Wait-PictifyExperiment exp_sandbox_12 -Status Paused }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('WaitTimedOut')
        $sandbox.Requests['GET experiment'] | Should -Be 1
    }
}
