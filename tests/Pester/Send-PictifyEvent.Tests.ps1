#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Send-PictifyEvent: batches, events that the service does not take, and what is sent.

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

Describe 'Send-PictifyEvent' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'sends 250 events in batches of 100, and writes an error for the one that was not taken' {
        $events = 1..250 | ForEach-Object {
            [pscustomobject]@{
                event      = 'view'
                experiment = $(if ($_ -eq 130) { 'nobody' } else { 'hero-summer-sale' })
                variantId  = 'control'
                number     = $_
            }
        }
        $said = Invoke-Captured { $events | Send-PictifyEvent }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output.Sent | Should -Be @(100, 100, 50)
        $said.Output.Processed | Should -Be @(100, 99, 50)
        Get-ErrorId $said.Errors | Should -Be @('EventRefused')
        $said.Errors[0].TargetObject.number | Should -Be 130
        $sandbox.Requests['POST /s/events'] | Should -Be 3
    }
}

Describe 'What Send-PictifyEvent sends' {
    BeforeEach {
        $server = Start-RawServer { '{"ok":true,"processed":1,"errors":[]}' }
        Connect-SandboxServer $server
    }

    AfterEach {
        Stop-RawServer $server
    }

    It 'carries the write key, and never the API key' {
        $said = Invoke-Captured { Send-PictifyEvent click hero -WriteKey (ConvertTo-Key 'wk_1') }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $server.Requests.Count | Should -Be 1
        $server.Requests[0].Headers['X-Write-Key'] | Should -BeExactly 'wk_1'
        $server.Requests[0].Headers.ContainsKey('Authorization') | Should -BeFalse
        @($server.Requests[0].Headers.Values | Where-Object { $_ -like "*$TestKey*" }) | Should -BeNullOrEmpty
    }

    It 'has the fields of the API in its spelling and metadata as it was written: <Script>' -ForEach @(
        @{ Script = 'Send-PictifyEvent view slug -Metadata @{ OrderId = 7 }' }
        @{ Script = "@{ Event = 'view'; Experiment = 'slug'; Metadata = @{ OrderId = 7 } } | Send-PictifyEvent" }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $server.Requests.Count | Should -Be 1
        foreach ($part in '"event":"view"', '"experiment":"slug"', '"metadata":{"OrderId":7}') {
            $server.Requests[0].Body.Contains($part) | Should -BeTrue -Because "$part is in: $($server.Requests[0].Body)"
        }
    }
}
