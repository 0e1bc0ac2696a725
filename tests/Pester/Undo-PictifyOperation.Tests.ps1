#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Undo-PictifyOperation: what it restores, what it leaves alone, and what cannot be undone.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $new = "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }"
    $notUndoable = @(
        @{ Call = 'Complete-PictifyExperiment exp_sandbox_01 control -Confirm:$false'; Why = 'final' }
        @{ Call = 'Remove-PictifyExperiment exp_sandbox_11 -Confirm:$false'; Why = 'restores a removed' }
        @{ Call = 'Set-PictifyExperiment exp_sandbox_01 -NewName New'; Why = 'not recorded' }
        @{ Call = $new; Why = 'Remove-PictifyExperiment' }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'

    function Get-Status {
        Get-PictifyExperiment | ForEach-Object { "$($_.Status)" }
    }
}

Describe 'Undo-PictifyOperation' {
    BeforeEach {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox -LedgerPath $ledger
    }

    It 'restores what was changed and nothing else; twice is once' {
        $before = Get-Status
        $null = Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment
        $operation = Get-PictifyOperation -Last
        $operation.Changed | Should -Be 4

        $said = Invoke-Captured { $operation | Undo-PictifyOperation -Reason oops }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 4
        Get-Status | Should -BeExactly $before
        (Get-PictifyOperation -Last).Reason | Should -BeExactly 'oops'

        $again = Invoke-Captured { $operation | Undo-PictifyOperation -Verbose }
        $again.Terminating | Should -BeNullOrEmpty
        $again.Errors | Should -BeNullOrEmpty
        $again.Verbose | Should -Contain 'Restored 0 of 4: 4 restored already.'
        Get-Status | Should -BeExactly $before
        (Test-PictifyLedger).IsValid | Should -BeTrue
    }

    It 'can be undone' {
        $null = Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment
        $paused = Get-Status
        $null = Get-PictifyOperation -Last | Undo-PictifyOperation
        (Get-Status) -join ' ' | Should -Not -Be ($paused -join ' ')

        $null = Get-PictifyOperation -Last | Undo-PictifyOperation

        Get-Status | Should -BeExactly $paused
        $all = @(Get-PictifyOperation)
        $undone = @(foreach ($operation in $all) { "$(($all | Where-Object Id -eq $operation.Undoes).Command)" })
        $undone | Should -BeExactly @('', 'Suspend-PictifyExperiment', 'Undo-PictifyOperation')
    }

    It 'leaves alone what somebody touched meanwhile' {
        $null = 'exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_03', 'exp_sandbox_05' | Suspend-PictifyExperiment
        $operation = Get-PictifyOperation -Last
        $null = Set-PictifyExperiment exp_sandbox_01 -NewName 'Mine'
        $null = Complete-PictifyExperiment exp_sandbox_02 -WinnerVariantId control -Confirm:$false

        # Behind the ledger's back: one was resumed, which is what the undo wants, and stays.
        $sandbox = (Get-PictifyConnection).Sandbox
        $unrecorded = Connect-Pictify -Sandbox $sandbox -LedgerPath off -PassThru
        $null = Resume-PictifyExperiment exp_sandbox_03 -Connection $unrecorded
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger

        $whatIf = Invoke-Captured { $operation | Undo-PictifyOperation -WhatIf }
        Get-ErrorId $whatIf.Errors | Should -BeExactly @('UndoConflict', 'UndoConflict')
        $said = Invoke-Captured { $operation | Undo-PictifyOperation }

        Get-ErrorId $said.Errors | Should -BeExactly @('UndoConflict', 'UndoConflict')
        "$($said.Errors[0])".Contains('Set-PictifyExperiment') | Should -BeTrue -Because "$($said.Errors[0])"
        $said.Output.Uid | Should -BeExactly @('exp_sandbox_03', 'exp_sandbox_05')
        $said.Warnings | Should -BeExactly @('Restored 1 of 4: 1 restored already, 2 not restored.')
        "$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)" | Should -BeExactly 'Paused'
        (Get-PictifyOperation -Last).Failed | Should -Be 2
    }

    It 'refuses what cannot be undone before anything is sent: <Call>' -ForEach $notUndoable {
        $made = Invoke-Captured ([scriptblock]::Create($Call))
        $made.Terminating | Should -BeNullOrEmpty
        $made.Errors | Should -BeNullOrEmpty
        $requests = (Get-PictifyConnection).Sandbox.ChangeRequests
        $requests | Should -Be 1

        $said = Invoke-Captured { Get-PictifyOperation -Last | Undo-PictifyOperation }

        Get-ErrorId $said.Errors | Should -BeExactly @('NotUndoable')
        "$($said.Errors[0])".Contains($Why) | Should -BeTrue -Because "$($said.Errors[0])"
        (Get-PictifyConnection).Sandbox.ChangeRequests | Should -Be $requests
    }

    It 'pauses again what was resumed, and refuses a first start' {
        $null = 'exp_sandbox_11', 'exp_sandbox_04' | Start-PictifyExperiment -Wait

        $said = Invoke-Captured { Get-PictifyOperation -Last | Undo-PictifyOperation }

        @($said.Output.Uid) | Should -BeExactly @('exp_sandbox_04')
        "$($said.Output.Status)" | Should -BeExactly 'Paused'
        $said.Errors.Count | Should -Be 1
        "$($said.Errors[0])".Contains('was a draft') | Should -BeTrue -Because "$($said.Errors[0])"
    }
}

Describe 'Undo-PictifyOperation of another place' {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
    }

    It 'is refused, and nothing of it is due here' {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-SandboxServer $server @{ LedgerPath = $ledger }
        $null = Suspend-PictifyExperiment exp_sandbox_01
        $operation = Get-PictifyOperation -Last
        Connect-Pictify -Sandbox -LedgerPath $ledger

        $said = Invoke-Captured { $operation | Undo-PictifyOperation }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('NotUndoable')
        $due = Invoke-Captured { Resume-PictifyExperiment -Due }
        $due.Terminating | Should -BeNullOrEmpty
        $due.Errors | Should -BeNullOrEmpty
        $due.Output | Should -BeNullOrEmpty
        (Get-PictifyConnection).Sandbox.ChangeRequests | Should -Be 0
        (Get-SandboxServer $server).changeRequests | Should -Be 1
    }
}
