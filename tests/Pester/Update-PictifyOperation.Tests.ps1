#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Update-PictifyOperation: it settles what a process that ended in the middle left open, and then an undo restores exactly that.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'

    # A process that pauses what runs: as many bulk pauses at once as are asked for, each of $Count experiments, each with a
    # connection and a ledger of its own.
    $script = Join-Path $TestDrive 'pauses.ps1'
    [System.IO.File]::WriteAllText($script, @"
param([string] `$Folder, [int] `$Pauses, [int] `$Count)
`$running = foreach (`$number in 0..(`$Pauses - 1)) {
    `$shell = [powershell]::Create().AddScript({
            param(`$Ledger, `$First, `$Last)
            Import-Module '$($Manifest.Replace("'", "''"))'
            Connect-Pictify -BaseUri `$env:PICTIFY_BASE_URL -NoProxy -LedgerPath `$Ledger
            Get-PictifyExperiment | Where-Object { (`$number = [int] (`$_.Uid -replace '\D')) -ge `$First -and `$number -le `$Last } |
                Suspend-PictifyExperiment -ThrottleLimit 4
        }).AddArgument((Join-Path `$Folder "`$number.jsonl")).AddArgument(`$number * `$Count + 1).AddArgument((`$number + 1) * `$Count)
    @{ Shell = `$shell; Handle = `$shell.BeginInvoke() }
}
`$running | ForEach-Object { `$null = `$_.Shell.EndInvoke(`$_.Handle) }
"@)

    function Start-Pause([string] $Folder, [int] $Pauses, [int] $Count) {
        $environment = @{ PICTIFY_API_KEY = $TestKey; PICTIFY_BASE_URL = $server.Address }
        if (-not $IsWindowsHere) {
            # A runtime that is killed leaves its sockets there.
            $environment.TMPDIR = "$TestDrive"
        }

        Start-Pwsh '-File', $script, $Folder, $Pauses, $Count $environment
    }

    # What had reached the server when the process died is still carried out.
    function Stop-Pause($Pause) {
        $Pause.Process.Kill()
        $null = Wait-Pwsh $Pause
        Wait-Until { (Get-SandboxServer $server).inProgress -eq 0 } | Should -BeTrue
        Set-SandboxServer $server @{ latency = 0 }
    }

    function Get-Held {
        $statuses = Get-SandboxStatus (Get-SandboxServerText $server)
        $statuses.Keys | Sort-Object | ForEach-Object { "$_ $($statuses[$_])" }
    }

    # Of all ledgers in a folder; 0 where there is none yet.
    function Get-Size([string] $Folder) {
        $size = 0
        foreach ($file in [System.IO.DirectoryInfo]::new($Folder).GetFiles('*.jsonl')) {
            $size += $file.Length
        }

        $size
    }
}

Describe 'Update-PictifyOperation' -Tag Process {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    # The server holds the requests that are under way, so that the process is killed between sending and hearing.
    It 'settles what was sent and not heard of, with what the service says' {
        $folder = (New-Item (Join-Path $TestDrive 'held') -ItemType Directory).FullName
        Set-SandboxServer $server @{ reset = $true; key = $TestKey; generate = 1000; latency = 250 }
        $pause = Start-Pause $folder 1 1000
        Wait-Until { (Get-SandboxServer $server).requests.'POST pause' -ge 8 } | Should -BeTrue
        Set-SandboxServer $server @{ hold = $true }
        Wait-Until { (Get-SandboxServer $server).inProgress -eq 4 } | Should -BeTrue

        $pause.Process.HasExited | Should -BeFalse
        $pause.Process.Kill()
        $null = Wait-Pwsh $pause
        Set-SandboxServer $server @{ hold = $false; latency = 0 }
        Wait-Until { (Get-SandboxServer $server).inProgress -eq 0 } | Should -BeTrue
        Connect-SandboxServer $server @{ LedgerPath = Join-Path $folder '0.jsonl' }
        $operation = @(Get-PictifyOperation)
        $operation.Count | Should -Be 1
        $operation[0].Unknown | Should -BeGreaterThan 0

        $settled = @($operation | Update-PictifyOperation)

        $settled.Unknown | Should -Be @(0)
        $settled[0].Changed | Should -Be @((Get-SandboxServer $server).experiments | Where-Object status -EQ 'paused').Count
        $settled[0].Total | Should -Be $operation[0].Total
        (Get-PictifyOperation $operation[0].Id).Unknown | Should -Be 0
        (Test-PictifyLedger).IsValid | Should -BeTrue
    }

    # Ten real processes, each killed at a random point of five bulk pauses: fifty ledgers, each cut off where it was.
    It 'settles the ledgers of a killed process with the service, and the undo restores exactly what was changed' {
        $random = [System.Random]::new(20261123)
        $interrupted = 0
        foreach ($kill in 1..10) {
            # Killed when its ledgers have so many bytes; those of all 500 pauses have some 570000.
            $moment = $random.Next(1, 370000)
            $folder = (New-Item (Join-Path $TestDrive "kill$kill") -ItemType Directory).FullName
            Set-SandboxServer $server @{ reset = $true; key = $TestKey; generate = 500; latency = 20 }
            $before = @(Get-Held)
            $before.Count | Should -Be 500
            $pause = Start-Pause $folder 5 100
            while (-not $pause.Process.HasExited -and (Get-Size $folder) -lt $moment) {
                Start-Sleep -Milliseconds 2
            }

            Stop-Pause $pause
            $connections = @([System.IO.Directory]::GetFiles($folder, '*.jsonl') | Sort-Object | ForEach-Object {
                    Connect-SandboxServer $server @{ LedgerPath = $_; PassThru = $true }
                })
            $connections.Count | Should -BeGreaterThan 0
            foreach ($connection in $connections) {
                $open = @(Get-PictifyOperation -Connection $connection | Where-Object Unknown)
                if ($open.Count -gt 0) {
                    $interrupted++
                    $null = $open | Update-PictifyOperation -Connection $connection
                }
            }

            $after = @(Get-Held)
            $expected = @(Compare-Object $before $after -PassThru | Where-Object SideIndicator -EQ '=>' | ForEach-Object { ($_ -split ' ')[0] } | Sort-Object)
            $entries = @($connections | ForEach-Object { Get-PictifyOperation -Connection $_ } | ForEach-Object Entries)
            $changed = @($entries | Where-Object Outcome -EQ 'Changed' | ForEach-Object Uid | Sort-Object)
            $changed -join ' ' | Should -BeExactly ($expected -join ' ') -Because "killed at $moment bytes"
            @($entries | Where-Object Outcome -EQ 'Unknown').Count | Should -Be 0
            foreach ($connection in $connections) {
                (Test-PictifyLedger -Connection $connection).IsValid | Should -BeTrue
                $null = Get-PictifyOperation -Connection $connection | Undo-PictifyOperation -Connection $connection
                (Test-PictifyLedger -Connection $connection).IsValid | Should -BeTrue
            }

            (Get-Held) -join ' ' | Should -BeExactly ($before -join ' ')
        }

        # Most of them were in the middle of it, or this test says nothing.
        $interrupted | Should -BeGreaterOrEqual 25
    }
}
