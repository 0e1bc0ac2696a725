#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What operations and objects look like at a glance: the first runs, what there is to take back, and words in JSON.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Get-PictifyOperation -First' {
    BeforeEach {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")
        1..3 | ForEach-Object { $null = Suspend-PictifyExperiment "exp_sandbox_0$_" -Reason "Run $_" }
    }

    It 'gives the first ones in the order of the ledger' {
        (Get-PictifyOperation -First 2).Reason | Should -Be 'Run 1', 'Run 2'
        (Get-PictifyOperation -First 9).Count | Should -Be 3
    }

    It 'counts after the other filters' {
        (Get-PictifyOperation -Reason 'Run [23]' -First 1).Reason | Should -Be 'Run 2'
    }

    It 'takes 1 or more' {
        { Get-PictifyOperation -First 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }
}

Describe 'The undo of what changed nothing' {
    It 'says so, sends nothing, and is no error: <What>' -ForEach @(
        @{ What = 'all was so already'; Again = { Suspend-PictifyExperiment exp_sandbox_01 } }
        @{ What = 'all failed'; Again = { Suspend-PictifyExperiment exp_none -ErrorAction SilentlyContinue } }
    ) {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")
        $null = Suspend-PictifyExperiment exp_sandbox_01
        $null = & $Again -WarningAction SilentlyContinue
        (Get-PictifyOperation -Last).Changed | Should -Be 0
        $before = @((Get-PictifyConnection).Sandbox.Requests.GetEnumerator() | Measure-Object Value -Sum).Sum

        $said = Invoke-Captured { Get-PictifyOperation -Last | Undo-PictifyOperation }

        $said.Errors | Should -BeNullOrEmpty
        $said.Terminating | Should -BeNullOrEmpty
        "$($said.Warnings)" | Should -Be 'There is nothing to undo: these operations changed nothing.'
        @((Get-PictifyConnection).Sandbox.Requests.GetEnumerator() | Measure-Object Value -Sum).Sum | Should -Be $before
        (Get-PictifyExperiment -Uid exp_sandbox_01).Status | Should -Be 'Paused'
    }
}

Describe 'The undo of no operation' {
    It 'says nothing' {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")

        $said = Invoke-Captured { @() | Undo-PictifyOperation }

        "$($said.Warnings)$($said.Errors)$($said.Terminating)" | Should -BeNullOrEmpty
    }
}

Describe 'ConvertTo-Json' {
    It 'writes words for every enum: <What>' -ForEach @(
        @{ What = 'an experiment'; Object = { Get-PictifyExperiment -Uid exp_sandbox_01 }; Words = 'Status=Running', 'Type=AbTest' }
        @{ What = 'what came out of a change'; Object = { Suspend-PictifyExperiment exp_sandbox_01 }; Words = 'Status=Paused', 'Change=Changed' }
        @{ What = 'an entry'; Object = { $null = Suspend-PictifyExperiment exp_sandbox_01; (Get-PictifyOperation -Last).Entries[0] }; Words = 'Outcome=Changed', 'After=Paused', 'Before=Running', 'Kind=Outcome', 'Change=Pause' }
        @{ What = 'a measurement'; Object = { Measure-PictifyExperiment -Uid exp_sandbox_01 }; Words = 'Status=Running', 'Type=AbTest' }
        @{ What = 'a connection'; Object = { Get-PictifyConnection }; Words = @('Environment=Sandbox') }
    ) {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")

        $json = & $Object | ConvertTo-Json -Depth 2 -WarningAction SilentlyContinue | ConvertFrom-Json

        foreach ($word in $Words) {
            $name, $value = $word -split '='
            $json.$name | Should -BeExactly $value
        }
    }

    It 'leaves an enum what it is: it compares, sorts, and is found by its word' {
        Connect-Pictify -Sandbox

        $all = @(Get-PictifyExperiment)

        @($all | Where-Object Status -EQ Running).Count | Should -Be @($all | Where-Object { $_.Status -eq [Pictify.ExperimentStatus]::Running }).Count
        @($all | Where-Object Status -In 'Running', 'Paused').Count | Should -BeGreaterThan 0
        ($all | Sort-Object Status | Select-Object -First 1).Status.GetType().FullName | Should -BeExactly 'Pictify.ExperimentStatus'
        ($all | Group-Object Status).Name | Should -Contain 'Running'
    }
}
