#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Test-PictifyConnection: what works, and what does not.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer @{ key = $TestKey }

    # A server that answers each request by $Answer, in a runspace of its own. $Answer takes the request (Method, Path, Headers,
    # Body as text, Number from 1) and gives the answer's body; it is called HTML where it begins with '<'. $null closes the
    # connection without an answer.
    function Start-RawServer([scriptblock] $Answer) {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $requests = [System.Collections.ArrayList]::Synchronized([System.Collections.ArrayList]::new())
        $shell = [powershell]::Create().AddScript({
                param($Listener, $Requests, $Text)
                $ErrorActionPreference = 'Stop'
                $answer = [scriptblock]::Create($Text)
                $latin = [System.Text.Encoding]::GetEncoding(28591)
                while ($true) {
                    $client = $Listener.AcceptTcpClient()
                    try {
                        $stream = $client.GetStream()
                        $reader = [System.IO.StreamReader]::new($stream, $latin)
                        $method, $path = "$($reader.ReadLine())" -split ' '
                        $headers = @{}
                        while ($line = $reader.ReadLine()) {
                            $name, $value = $line -split ':\s*', 2
                            $headers[$name] = $value
                        }

                        $read = [char[]]::new([int] $headers['Content-Length'])
                        $null = $reader.ReadBlock($read, 0, $read.Length)
                        $request = [pscustomobject]@{
                            Method  = $method
                            Path    = $path[0]
                            Headers = $headers
                            Body    = [System.Text.Encoding]::UTF8.GetString($latin.GetBytes($read))
                            Number  = $Requests.Count + 1
                        }
                        $null = $Requests.Add($request)
                        $body = & $answer $request
                        if ($null -ne $body) {
                            $bytes = [System.Text.Encoding]::UTF8.GetBytes($body)
                            $type = if ($body -like '<*') { 'text/html' } else { 'application/json' }
                            $head = "HTTP/1.1 200 OK`r`nContent-Type: $type`r`nContent-Length: $($bytes.Length)`r`nConnection: close`r`n`r`n"
                            $all = [System.Text.Encoding]::ASCII.GetBytes($head) + $bytes
                            $stream.Write($all, 0, $all.Length)
                        }
                    }
                    catch [System.IO.IOException] {
                        # The client went away.
                        $null = $_
                    }
                    finally {
                        $client.Close()
                    }
                }
            }).AddArgument($listener).AddArgument($requests).AddArgument("$Answer")
        [pscustomobject]@{
            Address  = "http://127.0.0.1:$($listener.LocalEndpoint.Port)"
            Requests = $requests
            Listener = $listener
            Shell    = $shell
            Running  = $shell.BeginInvoke()
        }
    }

    # Ends its runspace too: what waits for a request fails when the listener stops.
    function Stop-RawServer($Server) {
        $Server.Listener.Stop()
        $null = $Server.Running.AsyncWaitHandle.WaitOne(5000)
        $Server.Shell.Dispose()
    }
}

AfterAll {
    Stop-SandboxServer $server
}

Describe 'Test-PictifyConnection' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
    }

    It 'says what works, and changes nothing' {
        Connect-SandboxServer $server
        $test = @(Test-PictifyConnection -ErrorAction Stop)

        $test.Count | Should -Be 1
        $test[0].IsUsable | Should -BeTrue
        $test[0].IsReachable | Should -BeTrue
        $test[0].IsKeyAccepted | Should -BeTrue
        $test[0].HasExperiments | Should -BeTrue
        "$($test[0].Environment)" | Should -Be 'Test'
        $test[0].Plan | Should -Be 'Business'
        $test[0].RateLimit | Should -Be 1000000
        $test[0].Problem | Should -Be $null
        $test[0].ClockSkew.Duration() | Should -BeLessOrEqual ([timespan]::FromSeconds(2))
        $state = Get-SandboxServer $server
        $state.changeRequests | Should -Be 0
        ($state.requests.PSObject.Properties.Name | Sort-Object) | Should -Be @('GET list', 'GET quota')
    }

    It 'says what does not work: <Broken>' -ForEach @(
        @{ Broken = 'the key'; Settings = @{ key = 'pk_test_another' }; Key = $false; Feature = $null }
        @{ Broken = 'the feature'; Settings = @{ hasExperiments = $false }; Key = $null; Feature = $false }
    ) {
        Set-SandboxServer $server $Settings
        Connect-SandboxServer $server @{ RetryIntervalSec = 0 }
        $test = @(Test-PictifyConnection -ErrorAction Stop)

        $test.Count | Should -Be 1
        $test[0].IsUsable | Should -BeFalse
        $test[0].IsReachable | Should -BeTrue
        $test[0].IsKeyAccepted | Should -Be $Key
        $test[0].HasExperiments | Should -Be $Feature
        $test[0].Problem | Should -Not -BeNullOrEmpty
    }

    It 'is not reached where the answer is <Broken>' -ForEach @(
        @{ Broken = 'a closed connection'; Answer = { $null } }
        @{ Broken = 'a page'; Answer = { '<html>' } }
    ) {
        $strange = Start-RawServer $Answer
        try {
            Connect-SandboxServer $strange @{ RetryIntervalSec = 0 }
            $test = @(Test-PictifyConnection -ErrorAction Stop)
        }
        finally {
            Stop-RawServer $strange
        }

        $strange.Requests.Count | Should -BeGreaterThan 0
        $test.Count | Should -Be 1
        $test[0].IsUsable | Should -BeFalse
        $test[0].IsReachable | Should -BeFalse
        $test[0].IsKeyAccepted | Should -Be $null
        $test[0].HasExperiments | Should -Be $null
        $test[0].Problem | Should -Not -BeNullOrEmpty
    }
}
