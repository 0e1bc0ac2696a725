#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Faults as the user meets them: commands on many experiments while requests fail, while the command is stopped, and where the
# rate limit is spent. Also that docs/errors.md lists every error id.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer @{ key = $TestKey }

    # All but those that make a request wait.
    $kinds = 'Error500', 'Error502', 'Error503', 'Error504', 'RateLimitSeconds', 'RateLimitDate', 'RateLimitBare', 'ResetBefore', 'ResetAfter',
        'HalfBody', 'WrongContentType', 'Html', 'Gzip', 'OtherExperiment'

    # The uids that the server's generate makes.
    function Get-GeneratedUid([int] $Count) {
        1..$Count | ForEach-Object { 'exp_sandbox_{0:D6}' -f $_ }
    }

    function Test-Same($Left, $Right) {
        (@($Left) -join ' ') -ceq (@($Right) -join ' ')
    }

    # Like Get-SandboxServerText, over one connection: it is asked thousands of times.
    Add-Type -AssemblyName System.Net.Http
    $http = [System.Net.Http.HttpClient]::new()
    function Get-ServerText {
        $http.GetStringAsync("$($server.Address)/__sandbox").GetAwaiter().GetResult()
    }

    function Get-Number([string] $Text, [string] $Name) {
        [int] [regex]::Match($Text, '"' + $Name + '":(\d+)').Groups[1].Value
    }
}

AfterAll {
    $http.Dispose()
    Stop-SandboxServer $server
}

Describe 'Suspend-PictifyExperiment on a service that fails' -Tag Long {
    It 'tells exactly what became of each of 10000, while one request in ten fails' {
        Set-SandboxServer $server @{
            reset    = $true
            key      = $TestKey
            generate = 10000
            faults   = @{ rate = 0.1; seed = 20261123; kinds = $kinds; retryAfter = 0 }
        }
        Connect-SandboxServer $server @{ RetryIntervalSec = 0 }
        [string[]] $uids = Get-GeneratedUid 10000
        $said = Invoke-Captured { $uids | Suspend-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $done = @($said.Output | ForEach-Object { $_.Uid })
        $failed = @($said.Errors | ForEach-Object { "$($_.TargetObject)" })

        # Each input ends in exactly one output or one error, the outputs in the order of the input.
        [string[]] $all = $done + $failed
        [array]::Sort($all, [System.StringComparer]::Ordinal)
        Test-Same $all $uids | Should -BeTrue -Because "there are $($done.Count) outputs and $($failed.Count) errors"
        $isDone = [System.Collections.Generic.HashSet[string]]::new([string[]] $done)
        Test-Same $done @($uids | Where-Object { $isDone.Contains($_) }) | Should -BeTrue
        @($said.Output | Where-Object { "$($_.Status)" -ne 'Paused' }) | Should -BeNullOrEmpty

        # What is said is what the server holds, and it was changed once for each.
        $applied = Get-Number (Get-ServerText) 'appliedChanges'
        Set-SandboxServer $server @{ faults = $null }
        $held = @{}
        Get-PictifyExperiment -ErrorAction Stop | ForEach-Object { $held[$_.Uid] = $_.StatusText }
        $held.Count | Should -Be 10000
        @($done | Where-Object { $held[$_] -ne 'paused' }) | Should -BeNullOrEmpty
        $certain = @($said.Errors | Where-Object { (Get-ErrorId $_) -ne 'OutcomeUnknown' } | ForEach-Object { "$($_.TargetObject)" })
        @($certain | Where-Object { $held[$_] -ne 'running' }) | Should -BeNullOrEmpty
        @($held.Values | Where-Object { $_ -eq 'paused' }).Count | Should -Be $applied
        $failed.Count | Should -BeLessOrEqual 100
        $expected = if ($failed.Count -gt 0) { @("Suspended $($done.Count) of 10000: $($failed.Count) failed.") } else { @() }
        Test-Same $said.Warnings $expected | Should -BeTrue -Because "the warnings are: $($said.Warnings)"
    }

    It 'never hangs and never disagrees with the server where it is stopped at a random moment, 500 times' {
        $runs = 500
        Set-SandboxServer $server @{
            reset  = $true
            key    = $TestKey
            faults = @{ rate = 0.05; seed = 20261123; kinds = $kinds; retryAfter = 0 }
        }
        $connection = Connect-SandboxServer $server @{ RetryIntervalSec = 0; PassThru = $true }
        $runspace = [runspacefactory]::CreateRunspace()
        $runspace.Open()
        $shell = [powershell]::Create()
        $shell.Runspace = $runspace
        $null = $shell.AddCommand('Import-Module').AddParameter('Name', $Manifest).Invoke()
        $shell.Dispose()
        $random = [System.Random]::new(42)
        [string[]] $uids = Get-GeneratedUid 40
        $stopped = 0
        $problems = @()
        try {
            foreach ($run in 1..$runs) {
                Set-SandboxServer $server @{ generate = 40 }
                $before = Get-Number (Get-ServerText) 'appliedChanges'
                $shell = [powershell]::Create()
                $shell.Runspace = $runspace
                $null = $shell.AddScript('param($Uids, $Connection) $Uids | Suspend-PictifyExperiment -ThrottleLimit 4 -Connection $Connection').AddArgument($uids).AddArgument($connection)
                $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
                $nothing.Complete()
                $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
                $running = $shell.BeginInvoke($nothing, $output)
                $moment = $random.Next(0, 45)
                $limit = [System.Diagnostics.Stopwatch]::StartNew()
                while (-not $running.IsCompleted -and $limit.Elapsed.TotalSeconds -lt 20 -and
                    (Get-Number (Get-ServerText) 'appliedChanges') - $before -lt $moment) {
                }

                $stopping = $shell.BeginStop($null, $null)
                if (-not $stopping.AsyncWaitHandle.WaitOne(20000)) {
                    throw "Run ${run}: it did not stop within 20 seconds."
                }

                $shell.EndStop($stopping)
                try {
                    $null = $shell.EndInvoke($running)
                }
                catch {
                    if ($_.Exception.GetBaseException() -isnot [System.Management.Automation.PipelineStoppedException]) {
                        throw
                    }

                    $stopped++
                }

                $state = Get-ServerText
                $held = Get-SandboxStatus $state

                $paused = @($held.Values | Where-Object { $_ -eq 'paused' }).Count
                $applied = (Get-Number $state 'appliedChanges') - $before
                $problems += @($output | Where-Object { $held[$_.Uid] -ne 'paused' } | ForEach-Object { "Run ${run}: $($_.Uid) came out, and is $($held[$_.Uid])." })
                if ($held.Count -ne 40 -or $paused -ne $applied) {
                    $problems += "Run ${run}: of $($held.Count), $paused are paused, by $applied changes."
                }

                if ($output.Count -gt $paused) {
                    $problems += "Run ${run}: $($output.Count) came out, and $paused are paused."
                }

                # Nothing is under way any more.
                $sent = Get-Number $state 'changeRequests'
                $later = Get-Number (Get-ServerText) 'changeRequests'
                if ($later -ne $sent) {
                    $problems += "Run ${run}: $($later - $sent) requests came after it was stopped."
                }

                $shell.Dispose()
            }
        }
        finally {
            $runspace.Dispose()
        }

        $problems | Should -BeNullOrEmpty
        $stopped | Should -BeGreaterOrEqual ($runs / 4)
    }
}

Describe 'Suspend-PictifyExperiment where the rate limit is spent' {
    It 'writes one clear error, and accounts for every other input' {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey; generate = 100; rateLimit = 20; rateLimitWindow = 18000 }
        Connect-SandboxServer $server
        [string[]] $uids = Get-GeneratedUid 100
        $said = Invoke-Captured { $uids | Suspend-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 20
        $said.Errors.Count | Should -Be 80
        $limited = @($said.Errors | Where-Object { (Get-ErrorId $_) -eq 'RateLimited' })
        $limited.Count | Should -Be 1
        "$($limited[0])" | Should -MatchExactly 'Run it again after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d'
        @($said.Errors | Where-Object { (Get-ErrorId $_) -eq 'NotAttempted' }).Count | Should -Be 79
        (Get-SandboxServer $server).appliedChanges | Should -Be 20
    }

    It 'waits for a short window to end, without an error and almost without a 429' -Tag Measure {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey; generate = 250; rateLimit = 100; rateLimitWindow = 2 }
        Connect-SandboxServer $server
        [string[]] $uids = Get-GeneratedUid 250
        $said = Invoke-Captured { $uids | Suspend-PictifyExperiment -Verbose }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 250
        @($said.Verbose | Where-Object { $_.StartsWith('Waiting for the rate limit: ') }).Count | Should -BeGreaterThan 0
        $sent = (Get-SandboxServer $server).requests.'POST pause'
        $sent | Should -BeGreaterOrEqual 250
        $sent | Should -BeLessOrEqual 258
    }
}

Describe 'docs/errors.md' {
    It 'lists every error id, and no other' {
        $docs = [System.IO.File]::ReadAllText("$Root/docs/errors.md")
        $ids = @([Pictify.ErrorIds].GetFields().Name | Sort-Object)
        $documented = @([regex]::Matches($docs, '^\| `([A-Za-z]+)`', 'Multiline') | ForEach-Object { $_.Groups[1].Value } | Sort-Object)

        $ids.Count | Should -BeGreaterThan 50
        $documented | Should -BeExactly $ids
        [Pictify.ErrorIds].GetFields() | ForEach-Object { $_.GetValue($null) | Should -BeExactly $_.Name }
    }
}
