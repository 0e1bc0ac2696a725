#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Resume-PictifyExperiment: what it resumes, what it refuses, and that it takes back a pause.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Resume-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'takes one that is <From> to <To>' -ForEach @(
        @{ From = 'Running'; Uid = 'exp_sandbox_01'; To = 'Running' }
        @{ From = 'Paused'; Uid = 'exp_sandbox_04'; To = 'Running' }
    ) {
        $said = Invoke-Captured { Resume-PictifyExperiment $Uid }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        "$($said.Output[0].Status)" | Should -BeExactly $To
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly $To
    }

    It 'refuses one that is <From>, and leaves it so' -ForEach @(
        @{ From = 'Draft'; Uid = 'exp_sandbox_11' }
        @{ From = 'Completed'; Uid = 'exp_sandbox_12' }
    ) {
        $said = Invoke-Captured { Resume-PictifyExperiment $Uid }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('StateConflict')
        $said.Output | Should -BeNullOrEmpty
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly $From
    }

    It 'takes back what Suspend-PictifyExperiment did' {
        $said = Invoke-Captured { Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment | Resume-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 8
        @(Get-PictifyExperiment -Status Running).Count | Should -Be 8
    }

    It 'names Start-PictifyExperiment where the experiment is a draft, and sends no change' {
        $said = Invoke-Captured { Resume-PictifyExperiment exp_sandbox_11 }

        $said.Errors.Count | Should -Be 1
        "$($said.Errors[0])".Contains('Start-PictifyExperiment') | Should -BeTrue -Because "$($said.Errors[0])"
        $sandbox.ChangeRequests | Should -Be 0
    }
}
