#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Start-PictifyExperiment: from which status it starts, and how -Wait follows a start that takes its time.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Start-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'takes one that is <From> to <To>' -ForEach @(
        @{ From = 'Draft'; Uid = 'exp_sandbox_11'; To = 'Running' }
        @{ From = 'Running'; Uid = 'exp_sandbox_01'; To = 'Running' }
        @{ From = 'Paused'; Uid = 'exp_sandbox_04'; To = 'Running' }
    ) {
        $said = Invoke-Captured { Start-PictifyExperiment $Uid }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        "$($said.Output[0].Status)" | Should -BeExactly $To
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly $To
    }

    It 'refuses one that is <From>, and leaves it so' -ForEach @(
        @{ From = 'Completed'; Uid = 'exp_sandbox_12' }
    ) {
        $said = Invoke-Captured { Start-PictifyExperiment $Uid }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('StateConflict')
        $said.Output | Should -BeNullOrEmpty
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly $From
    }
}

Describe 'Start-PictifyExperiment, where images are rendered first' {
    BeforeEach {
        # It reads as a draft the first time, and as running from then on.
        $server = Start-RawServer {
            param($Request)
            if ($Request.Method -eq 'POST') {
                $script:reads = 0
                '{"experiment":{"uid":"e","status":"rendering","renderProgress":{"total":4,"completed":1}}}'
            }
            else {
                $script:reads++
                $status = if ($script:reads -eq 1) { 'draft' } else { 'running' }
                '{"experiment":{"uid":"e","status":"' + $status + '"}}'
            }
        }
        Connect-SandboxServer $server
    }

    AfterEach {
        Stop-RawServer $server
    }

    It 'shows the experiment as Rendering without -Wait' {
        $started = @(Start-PictifyExperiment e)

        $started.Count | Should -Be 1
        "$($started[0].Status)" | Should -BeExactly 'Rendering'
        @($server.Requests | Where-Object Method -eq 'POST').Path | Should -BeExactly @('/experiments/api/e/start')
    }

    It 'reads it with -Wait until it is Running' {
        $started = @(Start-PictifyExperiment e -Wait)

        $started.Count | Should -Be 1
        "$($started[0].Status)" | Should -BeExactly 'Running'
        @($server.Requests | Where-Object Method -eq 'POST').Path | Should -BeExactly @('/experiments/api/e/start')
    }
}
