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

    It 'names lines that cannot be read, and goes on behind them' {
        $null = Suspend-PictifyExperiment exp_sandbox_01
        [System.IO.File]::AppendAllText($ledger, "not a line`n")
        $null = Suspend-PictifyExperiment exp_sandbox_02

        $said = Invoke-Captured { Get-PictifyOperation }

        $said.Output.Count | Should -Be 2
        $said.Warnings.Count | Should -Be 1
        $said.Warnings[0] | Should -Match 'skipped: 3\. Test-PictifyLedger'
    }

    It 'names lines of a newer version, and commands that act on the ledger refuse it' {
        $null = Suspend-PictifyExperiment exp_sandbox_01
        $id = (Get-PictifyOperation).Id

        # A newer version may give a field another type; only the place in the chain stays as it is.
        $lines = [System.IO.File]::ReadAllLines($ledger)
        $before = ($lines[1] -split ',"hash":"')[0].Replace('{"v":1,"seq":2,', '{"v":2,"seq":2,').Replace('"command":"Suspend-PictifyExperiment"', '"command":7')
        $before | Should -BeLike '{"v":2,*"command":7*'
        $sha = [System.Security.Cryptography.SHA256]::Create()
        $hash = [System.BitConverter]::ToString($sha.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($before))).Replace('-', '').ToLowerInvariant()
        [System.IO.File]::WriteAllText($ledger, $lines[0] + "`n" + $before + ',"hash":"' + $hash + '"}' + "`n")
        $null = Suspend-PictifyExperiment exp_sandbox_02

        $said = Invoke-Captured { Get-PictifyOperation }
        $refused = { Undo-PictifyOperation $id }, { Update-PictifyOperation $id }, { Get-PictifyPause }, { Resume-PictifyExperiment -Due } |
            ForEach-Object { (Invoke-Captured $_).Terminating }

        $said.Output.Count | Should -Be 2
        $said.Warnings.Count | Should -Be 1
        $said.Warnings[0] | Should -Match 'skipped: 2\. Test-PictifyLedger'
        "$((Test-PictifyLedger).Problems)" | Should -Be 'Line 2: it was written by a newer version of this module, and this version cannot read it'
        Get-ErrorId $refused | Should -Be @('LedgerUnreadable', 'LedgerUnreadable', 'LedgerUnreadable', 'LedgerUnreadable')
        $refused | ForEach-Object { "$_" | Should -Match 'Update the module on this machine' }
    }

    It 'gives entries that an index takes apart' {
        $null = Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment

        $operation = Get-PictifyOperation

        $operation.Entries[0].Number | Should -Be 1
        $operation.Entries[1].Number | Should -Be 2
        $operation.Entries[-1].Number | Should -Be 5
    }

    # ConvertTo-Json does not come to an end under Wine for any object with a property that throws, such as one of Add-Type.
    It 'gives entries that are $null for <Case> while the ledger cannot be read, and that are read again afterwards' -ForEach @(
        @{ Case = 'a script'; Skips = $false; Show = { "$($_.Id)$($_.Entries)" } }
        @{ Case = 'Format-List'; Skips = $false; Show = { $_ | Format-List * | Out-String } }
        @{ Case = 'ConvertTo-Json'; Skips = [bool] $env:PICTIFY_TEST_WINE; Show = { $_ | ConvertTo-Json -WarningAction Ignore } }
    ) {
        if ($Skips) {
            Set-ItResult -Skipped -Because 'ConvertTo-Json does not end under Wine'
            return
        }

        $null = Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment
        $operation = Get-PictifyOperation
        $aside = "$ledger.aside"
        Move-Item $ledger $aside
        $null = New-Item $ledger -ItemType Directory

        $shown = Invoke-Captured { $operation | ForEach-Object $Show }

        $shown.Terminating | Should -BeNullOrEmpty
        $shown.Output | Should -Match $operation.Id
        $shown.Output | Should -Not -Match 'exp_sandbox'
        $null -eq $operation.Entries | Should -BeTrue

        Remove-Item $ledger
        Move-Item $aside $ledger
        $operation.Entries.Count | Should -Be 5
    }

    It 'says that a path that was given is no ledger, and never takes it for an empty one' {
        $wrong = Join-Path $TestDrive 'mistyped.jsonl'

        $said = Invoke-Captured { Get-PictifyOperation -LedgerPath $wrong }
        Get-ErrorId $said.Terminating | Should -Be 'LedgerNotFound'
        "$($said.Terminating)" | Should -Match 'mistyped\.jsonl'
        Get-ErrorId (Invoke-Captured { Get-PictifyOperation -LedgerPath $TestDrive }).Terminating | Should -Be 'LedgerUnreadable'
        Connect-Pictify -Sandbox -LedgerPath "$TestDrive"
        Get-ErrorId (Invoke-Captured { Get-PictifyOperation }).Terminating | Should -Be 'LedgerUnreadable'
    }

    # A mistyped path looks like a ledger in which nothing happened, and nothing is due.
    It 'needs a ledger that was named to exist: <_>' -ForEach @(
        'Get-PictifyOperation'
        'Get-PictifyOperation 20261123T072029123Z-9f2c41d7'
        'Get-PictifyOperation -Since 12:00'
        'Test-PictifyLedger'
        'Resume-PictifyExperiment -Due'
    ) {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 2h
        $sandbox = (Get-PictifyConnection).Sandbox
        $wrong = Join-Path $TestDrive "$([guid]::NewGuid())/mistyped.jsonl"
        $call = [scriptblock]::Create($_)
        foreach ($more in @{}, @{ RequireLedger = $true }) {
            Connect-Pictify -Sandbox $sandbox -LedgerPath $wrong @more

            $said = Invoke-Captured $call

            Get-ErrorId $said.Terminating | Should -BeExactly 'LedgerNotFound'
            "$($said.Terminating)".Contains($wrong) | Should -BeTrue -Because "$($said.Terminating)"
            "$($said.Terminating)" | Should -MatchExactly 'an empty file is a ledger'
            $said.Output | Should -BeNullOrEmpty
            Test-Path $wrong | Should -BeFalse
        }

        $sandbox.ChangeRequests | Should -Be 1
    }

    # A scheduler that runs before the first pause is made.
    It 'takes an empty file for a ledger, and so does -Due' {
        [System.IO.File]::WriteAllText($ledger, '')

        $said = Invoke-Captured {
            Resume-PictifyExperiment -Due
            Get-PictifyOperation
            (Test-PictifyLedger).IsValid
        }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output | Should -Be @($true)
    }

    # A job ends with it, and may have found nothing to change, or have run with -WhatIf, which is no operation.
    It 'gives as -Last nothing where no change was recorded yet, and Undo-PictifyOperation takes nothing' {
        $said = Invoke-Captured {
            Suspend-PictifyExperiment exp_sandbox_01 -WhatIf
            Get-PictifyOperation -Last | Undo-PictifyOperation
        }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
    }

    It 'gives as -Last the operation before a run with -WhatIf, which is none' {
        $null = Suspend-PictifyExperiment exp_sandbox_01
        $operation = Get-PictifyOperation -Last

        Suspend-PictifyExperiment exp_sandbox_02 -WhatIf

        (Get-PictifyOperation -Last).Id | Should -BeExactly $operation.Id
        $said = Invoke-Captured { Get-PictifyOperation -Last | Undo-PictifyOperation }
        $said.Errors | Should -BeNullOrEmpty
        @($said.Output.Uid) | Should -BeExactly @('exp_sandbox_01')
    }

    It 'gives the last by its place in the ledger, whatever the ids say' {
        $culture = [System.Threading.Thread]::CurrentThread.CurrentCulture
        try {
            [System.Threading.Thread]::CurrentThread.CurrentCulture = [cultureinfo] 'th-TH'
            $null = Suspend-PictifyExperiment exp_sandbox_01
            (Get-PictifyOperation).Id | Should -MatchExactly '^20\d\d'
        }
        finally {
            [System.Threading.Thread]::CurrentThread.CurrentCulture = $culture
        }

        # Version 0.1.0 wrote such ids: the year 2569 of the Thai calendar.
        $text = [System.IO.File]::ReadAllText($ledger) -replace '"op":"20\d\d', '"op":"2569'
        [System.IO.File]::WriteAllText($ledger, $text)
        $null = Suspend-PictifyExperiment exp_sandbox_02
        $other = New-Session
        try {
            $null = Invoke-Session $other "Connect-Pictify -Sandbox -LedgerPath '$ledger'"
            @(Invoke-Session $other '(Get-PictifyOperation -Last).Entries[0].Uid') | Should -Be @('exp_sandbox_02')
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
        $null = Suspend-PictifyExperiment exp_sandbox_01

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
