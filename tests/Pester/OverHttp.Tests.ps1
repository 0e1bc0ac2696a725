#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# A session against a server over HTTP, as the service is used: an experiment's whole life, and a pause of all that runs.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
}

Describe 'Over HTTP' {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey; generate = 300 }
        Connect-SandboxServer $server
    }

    It 'an experiment walks through its life' {
        $variants = (New-PictifyVariant a -Percent 50), (New-PictifyVariant b -Percent 50)
        $experiment = New-PictifyExperiment 'Pester' -Type AbTest -Variant $variants | Start-PictifyExperiment -Wait
        "$($experiment.Status)" | Should -BeExactly 'Running'
        "$(($experiment | Suspend-PictifyExperiment | Resume-PictifyExperiment).Status)" | Should -BeExactly 'Running'
        $completed = $experiment | Complete-PictifyExperiment -WinnerVariantId a -Confirm:$false
        $completed.WinnerVariantId | Should -BeExactly 'a'
        $completed | Remove-PictifyExperiment -Confirm:$false

        $said = Invoke-Captured { Get-PictifyExperiment -Uid $experiment.Uid }
        $said.Output | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
    }

    It 'everything that runs is paused, in the order in which it came' {
        $running = @(Get-PictifyExperiment -Status Running)
        $running.Count | Should -Be 300

        $paused = @($running | Suspend-PictifyExperiment)

        $paused.Uid | Should -BeExactly $running.Uid
        Get-PictifyExperiment -Status Running | Should -BeNullOrEmpty
        (Get-SandboxServer $server).requests.'POST pause' | Should -Be 300
    }
}
