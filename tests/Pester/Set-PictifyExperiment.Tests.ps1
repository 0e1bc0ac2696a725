#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Set-PictifyExperiment: what is sent, and what may be changed now.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1

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

Describe 'Set-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'names the fields that a running experiment allows to change' {
        $said = Invoke-Captured { Set-PictifyExperiment exp_sandbox_01 -Hypothesis 'x' }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -Be @('ValidationFailed')
        "$($said.Errors[0])".Contains('only name, confidenceThreshold, minimumRunDays, goalConfig.destinationUrl') |
            Should -BeTrue -Because "$($said.Errors[0])"
    }

    It 'renames a completed one' {
        $set = @(Set-PictifyExperiment exp_sandbox_12 -Name New -ErrorAction Stop)

        $set.Count | Should -Be 1
        $set[0].Name | Should -Be 'New'
    }

    It 'ends with <Id>, and sends no change: <Script>' -ForEach @(
        @{ Script = 'Set-PictifyExperiment exp_sandbox_01'; Id = 'NothingToChange' }
        @{ Script = "Set-PictifyExperiment exp_sandbox_04 -Slug 'No Slug'"; Id = 'ValidationFailed' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        Get-ErrorId $said.Terminating | Should -Be $Id
        $sandbox.ChangeRequests | Should -Be 0
    }
}

Describe 'What Set-PictifyExperiment sends' {
    BeforeEach {
        $server = Start-RawServer {
            '{"experiment":{"uid":"e","status":"paused","goalConfig":{"type":"click_through","destinationUrl":"https://a.example/","currency":"EUR"}}}'
        }
        Connect-SandboxServer $server
    }

    AfterEach {
        Stop-RawServer $server
    }

    It 'is <Sent> for <Script>' -ForEach @(
        @{ Script = "Set-PictifyExperiment e -Name 'New' -MinimumRunDays 3"; Sent = '{"minimumRunDays":3,"name":"New"}' }
        # The goal is sent whole, with what this module does not know of it.
        @{
            Script = 'Set-PictifyExperiment e -DestinationUrl https://b.example/'
            Sent   = '{"goalConfig":{"type":"click_through","destinationUrl":"https://b.example/","currency":"EUR"}}'
        }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        @($server.Requests | Where-Object Method -ne 'GET').Method | Should -Be @('PUT')
        @($server.Requests | Where-Object Method -ne 'GET').Body | Should -BeExactly $Sent
    }
}
