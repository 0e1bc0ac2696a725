#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Update-PictifyOperation: it settles what a process that ended in the middle left open, and then an undo restores exactly that.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
    $command = "Import-Module '$($Manifest.Replace("'", "''"))'; " + '$null = Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -ThrottleLimit 4'

    # A bulk pause in a process of its own, like Invoke-Pwsh, without waiting for it.
    function Start-Pause($Server, [string] $Ledger) {
        $program = Get-PwshCommand
        $all = @($program | Select-Object -Skip 1) + @('-NoProfile', '-NonInteractive', '-Command', $command)
        $start = [System.Diagnostics.ProcessStartInfo]::new($program[0])
        $start.Arguments = ($all | ForEach-Object { '"' + $_ + '"' }) -join ' '
        $start.UseShellExecute = $false
        $start.EnvironmentVariables['PICTIFY_API_KEY'] = $TestKey
        $start.EnvironmentVariables['PICTIFY_BASE_URL'] = $Server.Address
        $start.EnvironmentVariables['PICTIFY_LEDGER'] = $Ledger
        if (-not $IsWindowsHere) {
            # A runtime that is killed leaves its sockets there.
            $start.EnvironmentVariables['TMPDIR'] = "$TestDrive"
        }

        [System.Diagnostics.Process]::Start($start)
    }

    function Get-Held($Server) {
        (Get-SandboxServer $Server).experiments | Sort-Object uid | ForEach-Object { "$($_.uid) $($_.status)" }
    }

    # 0 where there is none yet.
    function Get-Size([string] $Path) {
        $file = [System.IO.FileInfo]::new($Path)
        if ($file.Exists) { $file.Length } else { 0 }
    }
}

Describe 'Update-PictifyOperation' {
    BeforeAll {
        # Each with a process of its own to be killed.
        $servers = @(1..3 | ForEach-Object { Start-SandboxServer })
    }

    AfterAll {
        $servers | ForEach-Object { Stop-SandboxServer $_ }
    }

    BeforeEach {
        $servers | ForEach-Object { Set-SandboxServer $_ @{ reset = $true; key = $TestKey } }
    }

    # The server holds the requests that are under way, so that the process is killed between sending and hearing.
    It 'settles what was sent and not heard of, with what the service says' {
        $server = $servers[0]
        $ledger = Join-Path $TestDrive 'held.jsonl'
        Set-SandboxServer $server @{ generate = 90; latency = 20; hold = $true }
        $process = Start-Pause $server $ledger
        while (-not $process.HasExited -and -not (Get-SandboxServer $server).requests.'GET list') {
            Start-Sleep -Milliseconds 20
        }

        # The list is let through, and the pauses that follow it wait.
        Set-SandboxServer $server @{ hold = $false }
        Set-SandboxServer $server @{ hold = $true }
        do {
            $size = Get-Size $ledger
            Start-Sleep -Milliseconds 200
        } while (-not $process.HasExited -and ($size -eq 0 -or $size -ne (Get-Size $ledger)))

        $process.HasExited | Should -BeFalse
        $process.Kill()
        $process.WaitForExit()
        $process.Dispose()
        Set-SandboxServer $server @{ hold = $false; latency = 0 }
        Start-Sleep -Milliseconds 100
        Connect-SandboxServer $server @{ LedgerPath = $ledger }
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

    # Fifty real processes, each killed at a random point of a bulk pause.
    It 'settles the ledger of a killed process with the service, and the undo restores exactly what was changed' {
        $random = [System.Random]::new(20261123)
        # Killed when its ledger has so many bytes; that of all 150 pauses has some 170000.
        $kills = @(1..50 | ForEach-Object { $random.Next(1, 110000) })
        $interrupted = 0
        for ($first = 0; $first -lt $kills.Count; $first += $servers.Count) {
            $runs = @(for ($i = 0; $i -lt $servers.Count -and $first + $i -lt $kills.Count; $i++) {
                    $ledger = Join-Path $TestDrive "$($first + $i).jsonl"
                    Set-SandboxServer $servers[$i] @{ reset = $true; key = $TestKey; generate = 150; latency = 20 }
                    [pscustomobject]@{
                        Server  = $servers[$i]
                        Ledger  = $ledger
                        At      = $kills[$first + $i]
                        Before  = @(Get-Held $servers[$i])
                        Process = Start-Pause $servers[$i] $ledger
                        Done    = $false
                    }
                })
            while ($open = @($runs | Where-Object { -not $_.Done })) {
                foreach ($run in $open) {
                    if ($run.Process.HasExited) {
                        $run.Done = $true
                    }
                    elseif ((Get-Size $run.Ledger) -ge $run.At) {
                        $run.Process.Kill()
                        $run.Done = $true
                    }
                }

                Start-Sleep -Milliseconds 2
            }

            # What had reached the server when the process died is still carried out.
            $runs | ForEach-Object { $_.Process.WaitForExit(); $_.Process.Dispose() }
            Start-Sleep -Milliseconds 100
            foreach ($run in $runs) {
                Set-SandboxServer $run.Server @{ latency = 0 }
                Connect-SandboxServer $run.Server @{ LedgerPath = $run.Ledger }
                if (@(Get-PictifyOperation | Where-Object Unknown).Count -gt 0) {
                    $interrupted++
                }

                $null = Get-PictifyOperation | Where-Object Unknown | Update-PictifyOperation

                $after = @(Get-Held $run.Server)
                $expected = @($after | Where-Object { $run.Before -notcontains $_ } | ForEach-Object { ($_ -split ' ')[0] })
                $entries = @(Get-PictifyOperation | ForEach-Object Entries)
                $changed = @($entries | Where-Object Outcome -EQ 'Changed' | ForEach-Object Uid | Sort-Object)
                $changed -join ' ' | Should -Be ($expected -join ' ') -Because "killed at $($run.At) bytes"
                @($entries | Where-Object Outcome -EQ 'Unknown').Count | Should -Be 0
                (Test-PictifyLedger).IsValid | Should -BeTrue

                $null = Get-PictifyOperation | Undo-PictifyOperation

                (Get-Held $run.Server) -join ' ' | Should -Be ($run.Before -join ' ')
                (Test-PictifyLedger).IsValid | Should -BeTrue
            }
        }

        # Most of them were in the middle of it, or this test says nothing.
        $interrupted | Should -BeGreaterOrEqual 25
    }
}
