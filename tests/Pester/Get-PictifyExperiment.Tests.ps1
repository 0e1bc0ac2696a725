#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Get-PictifyExperiment: what each filter finds, -First, -Skip and -IncludeTotalCount, what is not there, and servers that answer wrongly.
# What a throw further down the pipeline does is in Pipeline.Tests.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # A whole HTTP answer as text. The length may be claimed wrongly.
    function Get-RawAnswer([int] $Status, [string] $Body, [string] $Type = 'application/json', [int] $ClaimedLength = -1) {
        if ($ClaimedLength -lt 0) {
            $ClaimedLength = [System.Text.Encoding]::UTF8.GetByteCount($Body)
        }

        "HTTP/1.1 $Status X`r`nContent-Type: $Type`r`nContent-Length: $ClaimedLength`r`nConnection: close`r`n`r`n$Body"
    }

    # A server that answers raw text and closes the connection, for what the sandbox server never does. The first request gets the
    # first answer, and so on; the last answer repeats. An empty answer closes the connection without a byte.
    function Start-RawServer([string[]] $Answers) {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $shell = [powershell]::Create()
        $null = $shell.AddScript({
                param($Listener, $Answers)
                for ($i = 0; $true; $i++) {
                    try {
                        $client = $Listener.AcceptTcpClient()
                    }
                    catch {
                        return
                    }

                    try {
                        $stream = $client.GetStream()
                        $reader = [System.IO.StreamReader]::new($stream, [System.Text.Encoding]::ASCII)
                        do {
                            $line = $reader.ReadLine()
                        } while ($line)
                        $bytes = [System.Text.Encoding]::UTF8.GetBytes($Answers[[Math]::Min($i, $Answers.Count - 1)])
                        $stream.Write($bytes, 0, $bytes.Length)
                    }
                    catch [System.IO.IOException] {
                        # The client went away.
                        $null = $_
                    }
                    finally {
                        $client.Dispose()
                    }
                }
            }).AddArgument($listener).AddArgument($Answers)
        $null = $shell.BeginInvoke()
        [pscustomobject]@{ Address = "http://127.0.0.1:$($listener.LocalEndpoint.Port)"; Listener = $listener; Shell = $shell }
    }

    function Stop-RawServer($Server) {
        $Server.Listener.Stop()
        $Server.Shell.Dispose()
    }
}

Describe 'The filters of Get-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'find <Count>: <Script>' -ForEach @(
        @{ Script = "Get-PictifyExperiment"; Count = 12 }
        @{ Script = "Get-PictifyExperiment 'Hero*'"; Count = 5 }
        @{ Script = "Get-PictifyExperiment 'Hero*','*Card'"; Count = 7 }
        @{ Script = "Get-PictifyExperiment -Name nothing*"; Count = 0 }
        @{ Script = "Get-PictifyExperiment -Slug hero-summer-sale"; Count = 1 }
        @{ Script = "Get-PictifyExperiment -Status Running"; Count = 8 }
        @{ Script = "Get-PictifyExperiment -Status paused, draft"; Count = 3 }
        @{ Script = "Get-PictifyExperiment -Status Archived"; Count = 0 }
        @{ Script = "Get-PictifyExperiment -Type SmartLink"; Count = 2 }
        @{ Script = "Get-PictifyExperiment -Type smart_link, scheduled"; Count = 4 }
        @{ Script = "Get-PictifyExperiment -Type AbTest -Status Running 'Hero*'"; Count = 3 }
        @{ Script = "Get-PictifyExperiment -First 3"; Count = 3 }
        @{ Script = "Get-PictifyExperiment -Skip 10"; Count = 2 }
        @{ Script = "Get-PictifyExperiment -Skip 100"; Count = 0 }
        @{ Script = "Get-PictifyExperiment -First 0"; Count = 0 }
        @{ Script = "Get-PictifyExperiment 'Hero*' -Skip 1 -First 2"; Count = 2 }
        @{ Script = "Get-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_02"; Count = 2 }
        @{ Script = "'exp_sandbox_01', 'exp_sandbox_02' | Get-PictifyExperiment"; Count = 2 }
        @{ Script = "Get-PictifyExperiment 'Hero*' | Get-PictifyExperiment"; Count = 5 }
        @{ Script = "[pscustomobject]@{ Uid = 'exp_sandbox_03' } | Get-PictifyExperiment"; Count = 1 }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be $Count
    }

    It 'read one page of the size that a small -First and -Skip need' {
        $sandbox = (Get-PictifyConnection).Sandbox
        $sandbox.Generate(1000)

        (Get-PictifyExperiment -Skip 2 -First 1).Uid | Should -BeExactly 'exp_sandbox_000003'

        $sandbox.Requests['GET list'] | Should -Be 1
    }

    It 'write the total count first: <Script>' -ForEach @(
        @{ Script = "Get-PictifyExperiment -IncludeTotalCount -First 1"; Total = 12 }
        @{ Script = "Get-PictifyExperiment 'Hero*' -IncludeTotalCount -First 1"; Total = 5 }
        @{ Script = "Get-PictifyExperiment -Status Running -IncludeTotalCount -First 1"; Total = 8 }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 2
        $said.Output[0].PSObject.BaseObject | Should -BeOfType ([System.UInt64])
        [long] $said.Output[0] | Should -Be $Total
        $said.Output[1] | Should -BeOfType ([Pictify.Experiment])
    }

    It 'write one error <Id> where nothing is found: <Script>' -ForEach @(
        @{ Script = "Get-PictifyExperiment 'No Such Name'"; Id = 'ExperimentNotFound' }
        @{ Script = "Get-PictifyExperiment -Slug no-such-slug"; Id = 'ExperimentNotFound' }
        @{ Script = "Get-PictifyExperiment -Uid exp_none"; Id = 'ExperimentNotFound' }
        @{ Script = "Get-PictifyExperiment -Uid ''"; Id = 'InvalidUid' }
        @{ Script = "Get-PictifyExperiment -Uid quota"; Id = 'InvalidUid' }
        @{ Script = "Get-PictifyExperiment -Uid '../quota'"; Id = 'InvalidUid' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @($Id)
    }

    It 'list the valid statuses where one is misspelt' {
        $said = Invoke-Captured { Get-PictifyExperiment -Status Runing }

        $said.Output | Should -BeNullOrEmpty
        $said.Terminating.Exception.Message.Contains('Running, Paused, Completed') | Should -BeTrue
    }
}

Describe 'Get-PictifyExperiment over HTTP' {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    It 'lists each of a thousand once, in ten requests' {
        Set-SandboxServer $server @{ reset = $true; generate = 1000 }
        Connect-SandboxServer $server

        $said = Invoke-Captured { Get-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Warnings | Should -BeNullOrEmpty
        $state = Get-SandboxServer $server
        $said.Output.Count | Should -Be 1000
        $said.Output.Uid | Should -BeExactly $state.experiments.uid
        $state.requests.'GET list' | Should -Be 10
    }
}

Describe 'Get-PictifyExperiment from a server that answers wrongly' {
    It 'ends with <Id>: <Kind>' -ForEach @(
        @{ Kind = 'html'; Id = 'InvalidResponse'; Says = 'HTTP 200' }
        @{ Kind = 'empty'; Id = 'InvalidResponse'; Says = 'empty' }
        @{ Kind = 'half json'; Id = 'InvalidResponse'; Says = '{"experiments":[{"uid' }
        @{ Kind = 'half body'; Id = 'ConnectionFailed'; Says = 'ended' }
        @{ Kind = 'gateway'; Id = 'ServiceFailed'; Says = '502 Bad Gateway' }
        @{ Kind = 'silence'; Id = 'ConnectionFailed'; Says = 'connection' }
    ) {
        $answer = switch ($Kind) {
            'html' { Get-RawAnswer 200 '<html><title>Welcome</title></html>' 'text/html' }
            'empty' { Get-RawAnswer 200 '' }
            'half json' { Get-RawAnswer 200 '{"experiments":[{"uid":"exp_1"' }
            'half body' { Get-RawAnswer 200 '{"experiments":[' -ClaimedLength 5000 }
            'gateway' { Get-RawAnswer 502 '<html><h1>502 Bad Gateway</h1></html>' 'text/html' }
            'silence' { '' }
        }
        $raw = Start-RawServer $answer
        try {
            Connect-SandboxServer $raw @{ RetryIntervalSec = 0 }

            $said = Invoke-Captured { Get-PictifyExperiment }
        }
        finally {
            Stop-RawServer $raw
        }

        Get-ErrorId $said.Terminating | Should -BeExactly $Id
        $said.Terminating.ToString().ToLowerInvariant().Contains($Says.ToLowerInvariant()) | Should -BeTrue -Because $said.Terminating
        $said.Output | Should -BeNullOrEmpty
    }

    It 'ends with ConnectionFailed where nothing listens; for Suspend-PictifyExperiment it is an error for the experiment' {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $address = "http://127.0.0.1:$($listener.LocalEndpoint.Port)"
        $listener.Stop()
        Connect-SandboxServer ([pscustomobject]@{ Address = $address }) @{ RetryIntervalSec = 0 }

        $listed = Invoke-Captured { Get-PictifyExperiment }
        $suspended = Invoke-Captured { Suspend-PictifyExperiment exp_1 }

        Get-ErrorId $listed.Terminating | Should -BeExactly 'ConnectionFailed'
        $suspended.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $suspended.Errors | Should -BeExactly @('ConnectionFailed')
    }

    It 'says with -Verbose that it tries again' {
        $raw = Start-RawServer (Get-RawAnswer 503 ''), (Get-RawAnswer 200 '{"experiments":[],"total":0}')
        try {
            Connect-SandboxServer $raw @{ RetryIntervalSec = 0 }

            $said = Invoke-Captured { Get-PictifyExperiment -Verbose }
        }
        finally {
            Stop-RawServer $raw
        }

        $said.Terminating | Should -BeNullOrEmpty
        @($said.Verbose | Where-Object { $_.Contains('attempt 1') -and $_.Contains('503') }).Count | Should -Be 1
    }
}

Describe 'Names' {
    BeforeAll {
        function Add-Experiment([string[]] $Name) {
            $sandbox = (Get-PictifyConnection).Sandbox
            foreach ($one in $Name) {
                $experiment = [Pictify.Experiment]::new()
                $experiment.Uid = "exp_$($sandbox.Experiments.Count)"
                $experiment.Name = $one
                $experiment.StatusText = 'running'
                $sandbox.Add($experiment)
            }
        }
    }

    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'that are no pattern are plain names: <Name>' -ForEach @(
        @{ Name = 'Zed [beta' }
        @{ Name = 'Zed [' }
        @{ Name = 'Zed ]' }
        @{ Name = 'Zed [z-a]' }
        @{ Name = 'Zed `' }
    ) {
        Add-Experiment $Name, 'Zed beta', 'Zed z'

        @(Get-PictifyExperiment -Name $Name -ErrorAction Stop).Name | Should -BeExactly @($Name)
        @(Suspend-PictifyExperiment -Name $Name -ErrorAction Stop).Name | Should -BeExactly @($Name)
    }

    It 'that are no pattern and that nobody has are an error: <_>' -ForEach 'Zed [beta', 'Zed', 'Zed`*' {
        $name = $_
        $said = Invoke-Captured { Get-PictifyExperiment -Name $name }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -Be @('ExperimentNotFound')
    }

    It 'with escaped wildcards are the name with those characters' {
        Add-Experiment 'Free shipping*', 'Free shipping EU'

        @(Get-PictifyExperiment -Name 'Free shipping`*').Name | Should -BeExactly @('Free shipping*')
        @(Get-PictifyExperiment -Name 'Free shipping*').Name | Should -BeExactly @('Free shipping*', 'Free shipping EU')
    }

    It 'are the same in every culture: <_>' -ForEach 'tr-TR', 'az-Latn-AZ', 'th-TH', 'de-DE' {
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = $_

            @(Get-PictifyExperiment -Name 'PRICING*').Name | Should -Be @('Pricing Page Card')
            @(Get-PictifyExperiment -Name 'PRICING PAGE CARD').Name | Should -Be @('Pricing Page Card')
            @(Get-PictifyExperiment -Slug 'PRICING-PAGE-CARD').Name | Should -Be @('Pricing Page Card')
            @(Get-PictifyExperiment -Name "pric$([char] 0x131)ng*").Count | Should -Be 0
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }

    It 'by the thousand take about as much work as the list itself' {
        # Processor time: how busy the machine is does not count.
        function Get-Work([scriptblock] $Script) {
            $process = [System.Diagnostics.Process]::GetCurrentProcess()
            $before = $process.TotalProcessorTime
            $script:found = @(& $Script)
            $process.Refresh()
            ($process.TotalProcessorTime - $before).TotalSeconds
        }

        (Get-PictifyConnection).Sandbox.Generate(20000)
        $names = 1..3000 | ForEach-Object { 'Hero Banner {0:d6}' -f (2 * $_) }
        $null = Get-Work { Get-PictifyExperiment -First 100 }

        $list = Get-Work { Get-PictifyExperiment }
        $found.Count | Should -Be 20000
        $named = Get-Work { Get-PictifyExperiment -Name $names }
        $found.Count | Should -Be 3000

        # Each name compared with each experiment would be sixty million comparisons.
        $named | Should -BeLessThan (2 * $list + 2)
    }
}

Describe 'An experiment with odd values' {
    It 'comes with a warning, and the others without' {
        $body = '{"experiments":[{"uid":"a","name":"One","status":"running"},{"uid":"b","name":"Two","status":"paused","variants":[null],"minimumRunDays":7.5},{"uid":null,"name":"Three"},null],"total":4}'
        $raw = Start-RawServer @(Get-RawAnswer 200 $body)
        try {
            Connect-SandboxServer $raw
            $said = Invoke-Captured { Get-PictifyExperiment }
        }
        finally {
            Stop-RawServer $raw
        }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Name | Should -Be @('One', 'Two', 'Three')
        $said.Warnings.Count | Should -Be 3
        $said.Warnings[0] | Should -BeLike '*Two (b)*minimumRunDays*'
        $said.Warnings[1] | Should -BeLike '*Three*uid*'
        $said.Warnings[2] | Should -BeLike '*not an experiment*'
        { $said.Output | Out-String } | Should -Not -Throw
    }

    It 'is paused, and told as paused' {
        $raw = Start-RawServer @(Get-RawAnswer 200 '{"experiment":{"uid":null,"status":"paused","variants":[null],"minimumRunDays":7.5}}')
        try {
            Connect-SandboxServer $raw
            $said = Invoke-Captured { Suspend-PictifyExperiment exp_1 }
        }
        finally {
            Stop-RawServer $raw
        }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        "$($said.Output.Uid) $($said.Output.Status)" | Should -Be 'exp_1 Paused'
        @($said.Warnings).Count | Should -Be 1
    }
}
