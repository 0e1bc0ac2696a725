#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What the commands say where no answer told what became of a change, and that finding it out changes nothing under -WhatIf.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
}

Describe 'An outcome that is not known' {
    BeforeAll {
        $safe = 'It is safe to run the command again'
    }

    # What to do depends on what was asked: an event that is sent again counts again.
    It 'says what to do about it: <Call>' -ForEach @(
        @{ Call = 'Suspend-PictifyExperiment exp_sandbox_01'; Says = 'It is safe to run the command again'; IsSafe = $true }
        @{ Call = 'Set-PictifyExperiment exp_sandbox_01 -NewName New'; Says = 'It is safe to run the command again'; IsSafe = $true }
        @{ Call = "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }"; Says = 'Look for its slug' }
        @{ Call = 'Send-PictifyEvent view hero-summer-sale -VariantId control'; Says = 'may count them twice' }
        @{ Call = 'Invoke-PictifyApi experiments/api/exp_sandbox_01/pause -Method Post'; Says = 'may be done twice' }
    ) {
        $faults = [Pictify.Sandbox.SandboxFaults] @{ Rate = 1; Kinds = [Pictify.Sandbox.SandboxFault[]] @('ResetBefore') }
        $sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ Faults = $faults })
        Connect-Pictify -Sandbox $sandbox -RetryIntervalSec 0

        $said = Invoke-Captured ([scriptblock]::Create($Call))

        $failure = @($said.Errors) + @($said.Terminating) | Where-Object { $_ }
        Get-ErrorId $failure | Should -BeExactly @('OutcomeUnknown')
        "$failure".Contains($Says) | Should -BeTrue -Because "$failure"
        "$failure".Contains($safe) | Should -Be ([bool] $IsSafe)
    }
}

Describe 'Update-PictifyOperation' {
    It 'writes nothing under -WhatIf' {
        $ledger = Join-Path $TestDrive 'whatif.jsonl'
        Connect-Pictify -Sandbox -LedgerPath $ledger
        $null = Suspend-PictifyExperiment exp_sandbox_01
        # The outcome is taken away: what a killed process leaves.
        [System.IO.File]::WriteAllText($ledger, [System.IO.File]::ReadAllLines($ledger)[0] + "`n")
        $before = [System.IO.File]::ReadAllText($ledger)

        (Get-PictifyOperation | Update-PictifyOperation -WhatIf).Unknown | Should -Be 1
        [System.IO.File]::ReadAllText($ledger) | Should -BeExactly $before

        (Get-PictifyOperation | Update-PictifyOperation).Changed | Should -Be 1
        [System.IO.File]::ReadAllText($ledger) | Should -Not -BeExactly $before
    }
}
