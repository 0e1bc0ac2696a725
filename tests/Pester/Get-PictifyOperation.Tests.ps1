#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Get-PictifyOperation: how operations are found, what -Last is, and that reading a ledger needs no connection.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'

    # A session of its own, with the module and nothing else: runs each text, and gives what it put out.
    function New-Session {
        $state = [initialsessionstate]::CreateDefault2()
        if ($IsWindowsHere) {
            $state.ExecutionPolicy = [Microsoft.PowerShell.ExecutionPolicy]::Bypass
        }

        $runspace = [runspacefactory]::CreateRunspace($state)
        $runspace.Open()
        $null = Invoke-Session $runspace "Import-Module '$($Manifest.Replace("'", "''"))'"
        $runspace
    }

    function Invoke-Session($Runspace, [string] $Text) {
        $shell = [powershell]::Create()
        try {
            $shell.Runspace = $Runspace
            $shell.AddScript($Text).Invoke()
        }
        finally {
            $shell.Dispose()
        }
    }
}

Describe 'Get-PictifyOperation' {
    BeforeEach {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox -LedgerPath $ledger
    }

    # A job that finds nothing to do must not be judged by what another one did yesterday.
    It 'gives as -Last this session''s own, even where it did nothing' {
        $null = Invoke-Captured { Suspend-PictifyExperiment nowhere }
        $other = New-Session
        try {
            $null = Invoke-Session $other "Connect-Pictify -Sandbox -LedgerPath '$ledger'"
            # It has changed nothing yet: the ledger's last.
            @(Invoke-Session $other 'Get-PictifyOperation -Last').Failed | Should -Be @(1)

            $null = Invoke-Session $other "Get-PictifyExperiment | Where-Object Name -eq 'none' | Suspend-PictifyExperiment"

            $last = @(Invoke-Session $other 'Get-PictifyOperation -Last')
            $last.Count | Should -Be 1
            $last[0].Total | Should -Be 0
            $last[0].Command | Should -BeExactly 'Suspend-PictifyExperiment'
            @(Invoke-Session $other 'Get-PictifyOperation').Count | Should -Be 1
        }
        finally {
            $other.Dispose()
        }
    }

    Context 'Two operations' {
        BeforeEach {
            $null = Suspend-PictifyExperiment exp_sandbox_01 -Reason 'Friday freeze'
            $null = Suspend-PictifyExperiment exp_sandbox_02
            $ids = @((Get-PictifyOperation).Id)
        }

        It 'come in the order of their ids' {
            $ids.Count | Should -Be 2
            [string]::CompareOrdinal($ids[0], $ids[1]) | Should -BeLessThan 0
        }

        It 'are found by id' {
            (Get-PictifyOperation $ids[1]).Id | Should -BeExactly $ids[1]
        }

        It 'are found by reason' {
            @((Get-PictifyOperation -Reason '*FREEZE').Id) | Should -BeExactly @($ids[0])
        }

        It 'are found by experiment' {
            @((Get-PictifyOperation -Uid exp_sandbox_02).Id) | Should -BeExactly @($ids[1])
        }

        It 'are found by time' {
            @((Get-PictifyOperation -Since ([datetime]::Now.AddMinutes(-1))).Id) | Should -BeExactly $ids
            Get-PictifyOperation -Since ([datetime]::Now.AddMinutes(1)) | Should -BeNullOrEmpty
        }

        It 'are found by operations' {
            @((Get-PictifyOperation | Get-PictifyOperation).Id) | Should -BeExactly $ids
        }

        It 'are read without a connection by -LedgerPath' {
            $bare = New-Session
            try {
                @((Invoke-Session $bare "Get-PictifyOperation -LedgerPath '$ledger'").Id) | Should -BeExactly $ids
                Invoke-Session $bare 'try { Get-PictifyOperation } catch { ($_.FullyQualifiedErrorId -split '','')[0] }' | Should -BeExactly 'LedgerOff'
            }
            finally {
                $bare.Dispose()
            }
        }
    }

    It 'writes an error for an id that the ledger does not have' {
        $said = Invoke-Captured { Get-PictifyOperation nix }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('OperationNotFound')
    }
}

Describe 'Reasons' {
    It 'that are no pattern are plain texts, and are the same in every culture' {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive 'reasons.jsonl')
        $null = Suspend-PictifyExperiment exp_sandbox_01 -Reason 'INCIDENT [beta'
        $null = Suspend-PictifyExperiment exp_sandbox_02 -Reason 'other'
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'tr-TR'

            @(Get-PictifyOperation -Reason 'incident [beta' -ErrorAction Stop).Reason | Should -Be @('INCIDENT [beta')
            @(Get-PictifyOperation -Reason 'incident*' -ErrorAction Stop).Reason | Should -Be @('INCIDENT [beta')
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }
}
