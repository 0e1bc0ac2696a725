#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Invoke-PictifyApi: what can be called, what is sent, and which paths are refused.

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

Describe 'Invoke-PictifyApi' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'reads all pages of a list' {
        @(Invoke-PictifyApi experiments/api?limit=5 -Paginate -ErrorAction Stop).Count | Should -Be 12
        $sandbox.Requests['GET list'] | Should -Be 3
    }

    It 'emits an answer as an object' {
        (Invoke-PictifyApi /experiments/api/exp_sandbox_01 -ErrorAction Stop).experiment.name | Should -Be 'Hero Summer Sale'
    }

    It 'emits an answer as text with -Raw' {
        $text = @(Invoke-PictifyApi experiments/api/quota -Raw -ErrorAction Stop)

        $text.Count | Should -Be 1
        $text[0].Substring(0, 7) | Should -BeExactly '{"plan"'
    }

    It 'changes something with -Method and -Body' {
        $said = Invoke-Captured { Invoke-PictifyApi experiments/api/exp_sandbox_01 -Method PUT -Body @{ name = 'Renamed' } }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        (Get-PictifyExperiment -Uid exp_sandbox_01).Name | Should -Be 'Renamed'
    }

    It 'refuses a path that could lead elsewhere, and sends nothing: <_>' -ForEach @(
        'https://evil.example/x'
        '//evil.example/x'
        '/\evil.example/x'
        '../x'
        'a/../../x'
        'a/%2e%2e/x'
        'a%5cb'
        'a#b'
        'javascript:alert(1)'
        '/'
    ) {
        $path = $_
        $said = Invoke-Captured { Invoke-PictifyApi $path }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -Be @('InvalidPath')
        $sandbox.Requests.Count | Should -Be 0
    }
}

Describe 'What Invoke-PictifyApi sends' {
    BeforeEach {
        $server = Start-RawServer { '{"uid":"e"}' }
        Connect-SandboxServer $server
    }

    AfterEach {
        Stop-RawServer $server
    }

    It 'has the names as they were written: <Script>' -ForEach @(
        @{ Script = 'Invoke-PictifyApi x -Method Post -Body @{ HTML = 1; Nested = @{ ClickRate = 2 } }'; Sent = '"HTML":1', '"ClickRate":2' }
        @{ Script = "Invoke-PictifyApi x -Method Post -Body ([pscustomobject] @{ URL = 'u'; List = @(@{ A = 1 }) })"; Sent = '"URL":"u"', '"A":1' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $server.Requests.Count | Should -Be 1
        "$($server.Requests[0].Method) $($server.Requests[0].Path)" | Should -Be 'POST /x'
        foreach ($part in $Sent) {
            $server.Requests[0].Body.Contains($part) | Should -BeTrue -Because "$part is in: $($server.Requests[0].Body)"
        }
    }
}
