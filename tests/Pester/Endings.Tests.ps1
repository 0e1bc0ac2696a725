#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# How a command ends early: the progress bar is closed, a service that is not there costs a few failures and not hundreds, a closed
# connection leaves no socket open, and a list that never comes to rest is an error.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # Nothing listens there.
    function Get-DeadAddress {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        "http://127.0.0.1:$port"
    }
}

Describe 'A progress bar' {
    BeforeAll {
        $state = [initialsessionstate]::CreateDefault2()
        if ($IsWindowsHere) {
            $state.ExecutionPolicy = [Microsoft.PowerShell.ExecutionPolicy]::Bypass
        }
    }

    BeforeEach {
        # One for each test: it serves one connection after the other, and a command that ends early may leave one unused.
        # Each answer takes a while: a bar is shown after the first second.
        $raw = Start-RawServer {
            param($Request)
            [System.Threading.Thread]::Sleep(600)
            if ($Request.Path -like '*`?page=*') {
                '{"experiments":[{"uid":"e_' + $Request.Number + '","name":"Hero","status":"running"}],"pagination":{"hasNext":true}}'
            }
            else {
                '{"experiment":{"uid":"' + ($Request.Path -split '/')[3] + '","name":"Hero","status":"paused"}}'
            }
        }
        $shell = [powershell]::Create($state)
        function Add-Line([string] $Line) {
            $null = $shell.AddScript("param(`$Manifest, `$Key, `$Address)
                Import-Module `$Manifest
                Connect-Pictify -ApiKey `$Key -BaseUri `$Address -NoProxy -LedgerPath off
                $Line").AddArgument($Manifest).AddArgument((ConvertTo-Key $TestKey)).AddArgument($raw.Address)
        }
    }

    AfterEach {
        $shell.Dispose()
        Stop-RawServer $raw
    }

    It 'is closed, and before the error can be caught: <_>' -ForEach @(
        '1..9 | ForEach-Object { "e_$_" } | Get-PictifyExperiment -Uid { $_ } -ThrottleLimit 1 | Select-Object -First 4'
        "'e_1', 'e_2', 'e_3', 'e_4', 'e_5' | Suspend-PictifyExperiment -ThrottleLimit 1 | Select-Object -First 4"
        "try { 'e_1', 'e_2', 'e_3', 'e_4', 'e_5' | Suspend-PictifyExperiment -ThrottleLimit 1 | ForEach-Object { if (++`$n -eq 4) { throw 'enough' } } } catch { Write-Progress -Activity caught }"
        'Get-PictifyExperiment | Select-Object -First 5'
        "try { Get-PictifyExperiment | ForEach-Object { if (++`$n -eq 5) { throw 'enough' } } } catch { Write-Progress -Activity caught }"
        "'e_1', 'e_2', 'e_3', 'e_4' | Suspend-PictifyExperiment -ThrottleLimit 1"
    ) {
        Add-Line $_
        $null = $shell.Invoke()

        $records = @($shell.Streams.Progress | Where-Object { $_.Activity -match 'experiments$|^caught$' })
        @($records | Where-Object { "$($_.RecordType)" -eq 'Processing' -and $_.Activity -ne 'caught' }).Count | Should -BeGreaterThan 0
        $ours = @($records | Where-Object { $_.Activity -ne 'caught' })
        "$($ours[-1].RecordType)" | Should -BeExactly 'Completed'
        @($ours | Where-Object { "$($_.RecordType)" -eq 'Completed' }).Count | Should -Be 1
        if ($_.Contains('caught')) {
            $records[-1].Activity | Should -BeExactly 'caught'
        }
    }

    It 'is closed where the pipeline is stopped: <_>' -ForEach @(
        '1..99 | ForEach-Object { "e_$_" } | Suspend-PictifyExperiment -ThrottleLimit 1'
        'Get-PictifyExperiment'
        'Get-PictifyExperiment | Suspend-PictifyExperiment'
    ) {
        Add-Line $_
        $running = $shell.BeginInvoke()
        Wait-Until { $shell.Streams.Progress | Where-Object { $_.Activity -match 'experiments$' } } | Should -BeTrue
        $shell.Stop()

        "$(@($shell.Streams.Progress | Where-Object { $_.Activity -match 'experiments$' })[-1].RecordType)" | Should -BeExactly 'Completed'
        $running.IsCompleted | Should -BeTrue
    }
}

Describe 'A service that is not there' {
    BeforeEach {
        $dead = Get-DeadAddress
        Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri $dead -NoProxy -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl") -RetryIntervalSec 0
    }

    It 'is a few failures, and the rest is not attempted, with one error each: <_>' -ForEach @(
        'Suspend-PictifyExperiment'
        'Start-PictifyExperiment'
        'Get-PictifyExperiment'
        'Remove-PictifyExperiment -Confirm:$false'
        'Save-PictifyExperimentImage -Path $TestDrive'
        'Wait-PictifyExperiment -Status Running -TimeoutSec 30'
    ) {
        $inputs = 1..80 | ForEach-Object { "exp-$_" }
        $said = Invoke-Captured ([scriptblock]::Create("`$inputs | $_"))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors.Count | Should -Be 80
        $ids = @($said.Errors | ForEach-Object { Get-ErrorId $_ })
        @($ids | Select-Object -Unique | Sort-Object) | Should -Be @('ConnectionFailed', 'NotAttempted')
        @($ids -eq 'ConnectionFailed').Count | Should -BeLessOrEqual $(if ($_ -like 'Wait*') { 16 } else { 12 })
        "$($said.Errors[-1])" | Should -Match 'nothing was sent'
    }

    It 'is so for a few calls of Invoke-PictifyApi too' {
        $said = Invoke-Captured { 1..20 | ForEach-Object { "templates/$_" } | Invoke-PictifyApi }

        @($said.Errors | ForEach-Object { Get-ErrorId $_ }) | Should -Be (@('ConnectionFailed') * 3 + @('NotAttempted') * 17)
    }

    It 'is in the ledger what it is' {
        $null = Invoke-Captured { 1..40 | ForEach-Object { "exp-$_" } | Suspend-PictifyExperiment }
        $operation = Get-PictifyOperation -Last

        $operation.Total | Should -Be 40
        $operation.Failed | Should -Be 40
        $operation.Unknown | Should -Be 0
    }

    It 'is no reason to stop where others answer in between' {
        $raw = Start-RawServer {
            param($Request)
            '{"experiment":{"uid":"' + ($Request.Path -split '/')[3] + '","name":"Hero","status":"paused"}}'
        }
        try {
            Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri $raw.Address -NoProxy -LedgerPath off
            @(1..20 | ForEach-Object { "exp-$_" } | Suspend-PictifyExperiment -ThrottleLimit 1).Count | Should -Be 20
        }
        finally {
            Stop-RawServer $raw
        }
    }
}

Describe 'Disconnect-Pictify' {
    It 'closes the sockets that are kept open' {
        $server = Start-SandboxServer @{ key = $TestKey }
        try {
            $port = ([uri] $server.Address).Port
            function Get-Open {
                @([System.Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties().GetActiveTcpConnections() |
                        Where-Object { $_.RemoteEndPoint.Port -eq $port -and "$($_.State)" -eq 'Established' }).Count
            }

            Connect-SandboxServer $server
            $null = Get-PictifyExperiment
            Get-Open | Should -BeGreaterThan 0
            Disconnect-Pictify
            Wait-Until { (Get-Open) -eq 0 } | Should -BeTrue
        }
        finally {
            Stop-SandboxServer $server
        }
    }
}

Describe 'A list that never settles' {
    AfterEach {
        Stop-RawServer $raw
    }

    BeforeEach {
        $raw = Start-UnsettledServer
        Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri $raw.Address -NoProxy -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")
        function Get-Paused {
            @($raw.Requests | Where-Object { $_.Method -eq 'POST' } | ForEach-Object { $_.Path } | Sort-Object)
        }
    }

    It 'is an error of its own, after what was seen: <_>' -ForEach @(
        'Get-PictifyExperiment'
        'Get-PictifyExperiment -Status Running'
        "Get-PictifyExperiment 'Hero*'"
    ) {
        $said = Invoke-Captured ([scriptblock]::Create("`$found = $_; `$?; `$found"))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output[0] | Should -BeFalse
        @($said.Output.Uid | Where-Object { $_ } | Sort-Object) | Should -Be @('e_1', 'e_2')
        @($said.Errors | ForEach-Object { Get-ErrorId $_ }) | Should -Be @('ListUnsettled')
        Get-Paused | Should -BeNullOrEmpty
    }

    It 'is an error of a command that changes what it shows, once that is changed: <_>' -ForEach @(
        'Get-PictifyExperiment | Suspend-PictifyExperiment'
        "Get-PictifyExperiment | Where-Object Name -like 'Hero*' | Suspend-PictifyExperiment"
        "Suspend-PictifyExperiment -Name 'Hero*'"
    ) {
        $said = Invoke-Captured ([scriptblock]::Create("`$paused = $_; `$?; `$paused"))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output[0] | Should -BeFalse
        @($said.Output.Uid | Where-Object { $_ } | Sort-Object) | Should -Be @('e_1', 'e_2')
        @($said.Output.Status | Where-Object { $_ } | Select-Object -Unique) | Should -Be @('Paused')
        @($said.Errors | ForEach-Object { Get-ErrorId $_ }) | Should -Be @('ListUnsettled')
        Get-Paused | Should -Be @('/experiments/api/e_1/pause', '/experiments/api/e_2/pause')
        $operation = Get-PictifyOperation -Last
        "$($operation.Changed) of $($operation.Total), $($operation.Unknown) unknown" | Should -BeExactly '2 of 2, 0 unknown'
    }

    It 'ends the command where errors do, and leaves nothing open: <_>' -ForEach @(
        'Get-PictifyExperiment -ErrorAction Stop'
        'Get-PictifyExperiment -ErrorAction Stop | Suspend-PictifyExperiment'
        "Suspend-PictifyExperiment -Name 'Hero*' -ErrorAction Stop"
    ) {
        # A ledger that is asked for has to be there; these commands may record nothing.
        [System.IO.File]::AppendAllText((Get-PictifyConnection).LedgerPath, '')
        $said = Invoke-Captured ([scriptblock]::Create($_))

        Get-ErrorId $said.Terminating | Should -BeExactly 'ListUnsettled'
        if ($_ -match '^Suspend') {
            # Nothing is changed before the list is read to its end.
            Get-Paused | Should -BeNullOrEmpty
        }

        @(Get-PictifyOperation | Where-Object { $_.Unknown -gt 0 }) | Should -BeNullOrEmpty
    }
}

Describe 'Ctrl+C' {
    # Whoever listens there takes connections, and answers nothing.
    It 'ends a command whose service never answers: <_>' -ForEach @(
        'Get-PictifyExperiment'
        'Get-PictifyExperiment | Suspend-PictifyExperiment'
        "Suspend-PictifyExperiment -Name 'Hero*'"
    ) {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $state = [initialsessionstate]::CreateDefault2()
        if ($IsWindowsHere) {
            $state.ExecutionPolicy = [Microsoft.PowerShell.ExecutionPolicy]::Bypass
        }

        $shell = [powershell]::Create($state)
        try {
            $null = $shell.AddScript("param(`$Manifest, `$Key, `$Address)
                Import-Module `$Manifest
                Connect-Pictify -ApiKey `$Key -BaseUri `$Address -NoProxy -LedgerPath off -TimeoutSec 600
                $_").AddArgument($Manifest).AddArgument((ConvertTo-Key $TestKey)).AddArgument("http://127.0.0.1:$($listener.LocalEndpoint.Port)")
            $running = $shell.BeginInvoke()
            Wait-Until { $listener.Pending() -or $running.IsCompleted } | Should -BeTrue
            $stopping = $shell.BeginStop($null, $null)

            $stopping.AsyncWaitHandle.WaitOne(60000) | Should -BeTrue
            $running.IsCompleted | Should -BeTrue
            "$($shell.InvocationStateInfo.State)" | Should -BeExactly 'Stopped'
        }
        finally {
            $listener.Stop()
            $shell.Dispose()
        }
    }
}
