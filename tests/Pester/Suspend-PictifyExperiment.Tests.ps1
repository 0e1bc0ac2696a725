#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Suspend-PictifyExperiment: how experiments are named, what comes out, -WhatIf, and what is an error.
# Many experiments at once are in Bulk.Tests.ps1, what is around it in a pipeline in Pipeline.Tests.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1

    $heroes = 'exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_03', 'exp_sandbox_04', 'exp_sandbox_05'
    $line = { Get-PictifyExperiment | Where-Object Name -like 'Hero*' | Suspend-PictifyExperiment }
}

Describe 'Suspend-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'pauses the heroes; run twice, it is as if run once' {
        foreach ($time in 1..2) {
            $said = Invoke-Captured $line

            $said.Terminating | Should -BeNullOrEmpty
            $said.Errors | Should -BeNullOrEmpty
            $said.Output.Uid | Should -BeExactly $heroes
            $said.Output.Status | Should -Be (@('Paused') * 5)
        }

        @(Get-PictifyExperiment -Status Paused).Count | Should -Be 6
    }

    It 'says under -WhatIf the name, the uid and the environment' {
        $transcript = Join-Path $TestDrive 'whatif.txt'
        $null = Start-Transcript $transcript
        try {
            Suspend-PictifyExperiment -Name 'Hero Summer*' -WhatIf
        }
        finally {
            $null = Stop-Transcript
        }

        $text = Get-Content $transcript -Raw
        $text.Contains('"Suspend"') | Should -BeTrue -Because $text
        $text.Contains("'Hero Summer Sale' (exp_sandbox_01) in Sandbox") | Should -BeTrue -Because $text
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'takes an experiment in each form: <Script>' -ForEach @(
        @{ Script = "'exp_sandbox_01' | Suspend-PictifyExperiment" }
        @{ Script = "Suspend-PictifyExperiment exp_sandbox_01" }
        @{ Script = "Suspend-PictifyExperiment -Uid exp_sandbox_01" }
        @{ Script = "Suspend-PictifyExperiment -Name 'Hero Summer Sale'" }
        @{ Script = "Pause-PictifyExperiment -Name 'hero summer*'" }
        @{ Script = "[pscustomobject]@{ Uid = 'exp_sandbox_01'; Other = 1 } | Suspend-PictifyExperiment" }
        @{ Script = "@{ uid = 'exp_sandbox_01' } | Suspend-PictifyExperiment" }
        @{ Script = '$e = Get-PictifyExperiment -Uid exp_sandbox_01; Suspend-PictifyExperiment $e' }
        @{ Script = "Suspend-PictifyExperiment -InputObject (Get-PictifyExperiment 'Hero Summer*')" }
        @{ Script = '[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-PictifyExperiment -Uid exp_sandbox_01))) | Suspend-PictifyExperiment' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        $said.Output[0].Uid | Should -BeExactly 'exp_sandbox_01'
        "$($said.Output[0].Status)" | Should -BeExactly 'Paused'
        (Get-PictifyExperiment -Uid exp_sandbox_01).StatusText | Should -BeExactly 'paused'
    }

    It 'writes an error for each that fails and goes on with the rest, in order' {
        $said = Invoke-Captured { 'exp_sandbox_01', 'exp_none', 'a/b', 'exp_sandbox_12', 'exp_sandbox_02' | Suspend-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02')
        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound', 'InvalidUid', 'StateConflict')
        $said.Errors.TargetObject | Should -BeExactly @('exp_none', 'a/b', 'exp_sandbox_12')
        $said.Warnings | Should -BeExactly @('Suspended 2 of 5: 3 failed.')
    }

    It 'refuses with <Id> what names no experiment, and sends no change: <Script>' -ForEach @(
        @{ Script = "5 | Suspend-PictifyExperiment"; Id = 'InvalidInput' }
        @{ Script = "@{ id = 'exp_sandbox_01' } | Suspend-PictifyExperiment"; Id = 'InvalidInput' }
        @{ Script = "'' | Suspend-PictifyExperiment"; Id = 'InvalidUid' }
        @{ Script = "'..' | Suspend-PictifyExperiment"; Id = 'InvalidUid' }
        @{ Script = "'exp 1' | Suspend-PictifyExperiment"; Id = 'InvalidUid' }
        @{ Script = "Suspend-PictifyExperiment -Uid 'a/../b'"; Id = 'InvalidUid' }
        @{ Script = "Suspend-PictifyExperiment 'Hero*'"; Id = 'InvalidUid' }
        @{ Script = "Suspend-PictifyExperiment -Name 'No Such Name'"; Id = 'ExperimentNotFound' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @($Id)
        $said.Output | Should -BeNullOrEmpty
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'does not touch an experiment that came over another connection' {
        $old = Get-PictifyExperiment -Uid exp_sandbox_01
        Connect-Pictify -Sandbox

        $said = Invoke-Captured { $old | Suspend-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('ConnectionMismatch')
        $said.Output | Should -BeNullOrEmpty
        "$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)" | Should -BeExactly 'Running'
        $sandbox.ChangeRequests | Should -Be 0
    }
}

Describe 'Suspend-PictifyExperiment over HTTP' {
    BeforeAll {
        $server = Start-SandboxServer

        function Get-ServerStatus {
            $statuses = @{}
            foreach ($experiment in (Get-SandboxServer $server).experiments) {
                $statuses[$experiment.uid] = $experiment.status
            }

            $statuses
        }
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true }
        Connect-SandboxServer $server
    }

    It 'pauses exactly the running heroes; run twice, it is as if run once' {
        $before = Get-ServerStatus

        $first = Invoke-Captured $line

        $first.Terminating | Should -BeNullOrEmpty
        $first.Errors | Should -BeNullOrEmpty
        $first.Output.Uid | Should -BeExactly $heroes
        $first.Output.Status | Should -Be (@('Paused') * 5)
        $after = Get-ServerStatus
        $after.Keys | Where-Object { $after[$_] -ne $before[$_] } | Sort-Object |
            Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_03', 'exp_sandbox_05')

        $second = Invoke-Captured $line

        $second.Terminating | Should -BeNullOrEmpty
        $second.Errors | Should -BeNullOrEmpty
        $second.Warnings | Should -BeNullOrEmpty
        $second.Output.Uid | Should -BeExactly $heroes
        $now = Get-ServerStatus
        $now.Count | Should -Be 12
        $now.Keys | Where-Object { $now[$_] -ne $after[$_] } | Should -BeNullOrEmpty
    }

    It 'sends under -WhatIf nothing that changes anything' {
        $said = Invoke-Captured {
            Get-PictifyExperiment | Where-Object Name -like 'Hero*' | Suspend-PictifyExperiment -WhatIf
            Suspend-PictifyExperiment -Name 'Hero*' -WhatIf
            Suspend-PictifyExperiment -Uid exp_sandbox_01 -WhatIf
        }

        $said.Errors + $said.Terminating | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        $state = Get-SandboxServer $server
        $state.changeRequests | Should -Be 0

        # Of the last, only the uid is known: it is read.
        $state.requests.PSObject.Properties.Name | Sort-Object | Should -BeExactly @('GET experiment', 'GET list')
        $state.requests.'GET experiment' | Should -Be 1
    }

    It 'finds names with <Kind>' -ForEach @(
        @{ Kind = 'brackets and quotes'; Name = 'Hero [Beta] "final"'; Uid = 'exp_0' }
        @{ Kind = 'an accent, an emoji and an apostrophe'; Name = "H$([char] 0xE9)ro $([char]::ConvertFromUtf32(0x1F680)) it's"; Uid = 'exp_1' }
        @{ Kind = 'a backtick and a dollar sign'; Name = 'Hero `tick $var'; Uid = 'exp_2' }
        @{ Kind = 'Japanese characters'; Name = "$([char] 0x65E5)$([char] 0x672C)"; Uid = 'exp_3' }
    ) {
        Set-SandboxServer $server @{
            reset       = $true
            experiments = @(
                @{ uid = 'exp_0'; name = 'Hero [Beta] "final"'; status = 'running' }
                @{ uid = 'exp_1'; name = "H$([char] 0xE9)ro $([char]::ConvertFromUtf32(0x1F680)) it's"; status = 'running' }
                @{ uid = 'exp_2'; name = 'Hero `tick $var'; status = 'running' }
                @{ uid = 'exp_3'; name = "$([char] 0x65E5)$([char] 0x672C)"; status = 'running' }
            )
        }

        $said = Invoke-Captured { Suspend-PictifyExperiment -Name $Name }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        $said.Output[0].Name | Should -BeExactly $Name
        $said.Output[0].Uid | Should -BeExactly $Uid
    }

    It 'ends with one error where the key is refused, and does not show the key' {
        Set-SandboxServer $server @{ key = 'pk_test_another' }

        $said = Invoke-Captured { 1..100 | ForEach-Object { "exp_$_" } | Suspend-PictifyExperiment }

        Get-ErrorId $said.Terminating | Should -BeExactly 'KeyRefused'
        $said.Output | Should -BeNullOrEmpty
        $sent = (Get-SandboxServer $server).changeRequests

        # Those that were under way at the same time met the same, and each says that nothing came of it.
        @($said.Errors).Count + 1 | Should -Be $sent
        @(Get-ErrorId $said.Errors | Where-Object { $_ -ne 'NotAttempted' }) | Should -BeNullOrEmpty
        $sent | Should -BeGreaterOrEqual 1
        $sent | Should -BeLessOrEqual 40
        "$($said.Terminating)$($said.Terminating.Exception)".Contains($TestKey) | Should -BeFalse
    }

    It 'ends with one error where the account has no experiments: <_>' -ForEach @(
        "'exp_1', 'exp_2' | Suspend-PictifyExperiment"
        'Get-PictifyExperiment'
        'Get-PictifyExperiment -Uid exp_1'
    ) {
        Set-SandboxServer $server @{ hasExperiments = $false }

        $said = Invoke-Captured ([scriptblock]::Create($_))

        Get-ErrorId $said.Terminating | Should -BeExactly 'FeatureUnavailable'
        @(Get-ErrorId $said.Errors | Where-Object { $_ -ne 'NotAttempted' }) | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
    }
}
