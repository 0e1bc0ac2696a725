#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Start-PictifyExperiment: from which status it starts, and how -Wait follows a start that takes its time.

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

Describe 'Start-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'takes one that is <From> to <To>' -ForEach @(
        @{ From = 'Draft'; Uid = 'exp_sandbox_11'; To = 'Running' }
        @{ From = 'Running'; Uid = 'exp_sandbox_01'; To = 'Running' }
        @{ From = 'Paused'; Uid = 'exp_sandbox_04'; To = 'Running' }
    ) {
        $said = Invoke-Captured { Start-PictifyExperiment $Uid }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        "$($said.Output[0].Status)" | Should -Be $To
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -Be $To
    }

    It 'refuses one that is <From>, and leaves it so' -ForEach @(
        @{ From = 'Completed'; Uid = 'exp_sandbox_12' }
    ) {
        $said = Invoke-Captured { Start-PictifyExperiment $Uid }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -Be @('StateConflict')
        $said.Output | Should -BeNullOrEmpty
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -Be $From
    }
}

Describe 'Start-PictifyExperiment, where images are rendered first' {
    BeforeEach {
        # It reads as a draft the first time, and as running from then on.
        $server = Start-RawServer {
            param($Request)
            if ($Request.Method -eq 'POST') {
                $script:reads = 0
                '{"experiment":{"uid":"e","status":"rendering","renderProgress":{"total":4,"completed":1}}}'
            }
            else {
                $script:reads++
                $status = if ($script:reads -eq 1) { 'draft' } else { 'running' }
                '{"experiment":{"uid":"e","status":"' + $status + '"}}'
            }
        }
        Connect-SandboxServer $server
    }

    AfterEach {
        Stop-RawServer $server
    }

    It 'shows the experiment as Rendering without -Wait' {
        $started = @(Start-PictifyExperiment e)

        $started.Count | Should -Be 1
        "$($started[0].Status)" | Should -Be 'Rendering'
        @($server.Requests | Where-Object Method -eq 'POST').Path | Should -Be @('/experiments/api/e/start')
    }

    It 'reads it with -Wait until it is Running' {
        $started = @(Start-PictifyExperiment e -Wait)

        $started.Count | Should -Be 1
        "$($started[0].Status)" | Should -Be 'Running'
        @($server.Requests | Where-Object Method -eq 'POST').Path | Should -Be @('/experiments/api/e/start')
    }
}
