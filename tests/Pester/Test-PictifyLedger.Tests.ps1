#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Test-PictifyLedger: a ledger that nobody touched is valid, and a line that was changed is named.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
}

Describe 'Test-PictifyLedger' {
    BeforeEach {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox -LedgerPath $ledger
        $null = Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment
    }

    It 'finds a ledger valid that nobody touched' {
        $report = Test-PictifyLedger

        $report.IsValid | Should -BeTrue
        # An intent and an outcome for each of the five.
        $report.Lines | Should -Be ([System.IO.File]::ReadAllLines($ledger).Count)
        $report.Lines | Should -Be 10
        $report.Problems | Should -BeNullOrEmpty
    }

    It 'names a line that was changed' {
        $lines = [System.IO.File]::ReadAllLines($ledger)
        $lines[4] = $lines[4].Replace('Suspend', 'Removed')
        [System.IO.File]::WriteAllText($ledger, ($lines -join "`n") + "`n")

        $report = Test-PictifyLedger

        $report.IsValid | Should -BeFalse
        @($report.Problems | ForEach-Object { "$_" }) | Should -BeExactly @('Line 5: it was changed after it was written')
    }

    It 'finds the hash of an earlier test, and no other' {
        $earlier = (Test-PictifyLedger).LastHash
        $null = Resume-PictifyExperiment exp_sandbox_01

        (Test-PictifyLedger -Contains $earlier).IsValid | Should -BeTrue
        (Test-PictifyLedger -Contains ('0' * 64)).IsValid | Should -BeFalse
    }

    It 'does not find a mistyped path, or a folder, valid' {
        $said = Invoke-Captured { Test-PictifyLedger -LedgerPath (Join-Path $TestDrive 'mistyped.jsonl') }
        Get-ErrorId $said.Terminating | Should -Be 'LedgerNotFound'
        $said.Output | Should -BeNullOrEmpty
        Get-ErrorId (Invoke-Captured { Test-PictifyLedger -LedgerPath $TestDrive }).Terminating | Should -Be 'LedgerUnreadable'
    }

    It 'gives problems that an index takes apart' {
        [System.IO.File]::AppendAllText($ledger, "x`ny`n")

        $report = Test-PictifyLedger

        $report.Problems[0].Line | Should -Be 11
        $report.Problems[1].Line | Should -Be 12
    }
}
