#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Complete-PictifyExperiment: from which status it ends an experiment, and what becomes of the winner.
# That it asks first is in Contract.Tests.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Complete-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'takes one that is <From> to <To>' -ForEach @(
        @{ From = 'Running'; Uid = 'exp_sandbox_01'; To = 'Completed'; Winner = 'control' }
        @{ From = 'Paused'; Uid = 'exp_sandbox_04'; To = 'Completed'; Winner = 'control' }
    ) {
        $said = Invoke-Captured { Complete-PictifyExperiment $Uid -WinnerVariantId $Winner -Confirm:$false }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        "$($said.Output[0].Status)" | Should -BeExactly $To
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly $To
    }

    # Of the completed one, the winner is another.
    It 'refuses one that is <From>, and leaves it so' -ForEach @(
        @{ From = 'Draft'; Uid = 'exp_sandbox_11'; Winner = 'day' }
        @{ From = 'Completed'; Uid = 'exp_sandbox_12'; Winner = 'control' }
    ) {
        $said = Invoke-Captured { Complete-PictifyExperiment $Uid -WinnerVariantId $Winner -Confirm:$false }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('StateConflict')
        $said.Output | Should -BeNullOrEmpty
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly $From
    }

    It 'refuses a winner that is none of the variants, names these, and sends no change' {
        $said = Invoke-Captured { Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId nobody -Confirm:$false }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('InvalidArgument')
        "$($said.Errors[0])".Contains('control, short-headline') | Should -BeTrue -Because "$($said.Errors[0])"
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'run twice with one winner, it is as if run once' {
        foreach ($time in 1..2) {
            $said = Invoke-Captured { Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId control -Confirm:$false }

            $said.Terminating | Should -BeNullOrEmpty
            $said.Errors | Should -BeNullOrEmpty
            $said.Output.Count | Should -Be 1
            $said.Output[0].WinnerVariantId | Should -BeExactly 'control'
        }
    }
}
