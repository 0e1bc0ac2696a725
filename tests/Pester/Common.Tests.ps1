#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What the other files trust in Common.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    $library = @(Get-Item "$PSScriptRoot/../../tools/SandboxServer/bin/*/net10.0/SandboxServer.dll" -ErrorAction SilentlyContinue)[0].FullName
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Invoke-Captured' {
    It 'runs a block with the variables of its test' {
        $script = 'script'
        $said = 'said'
        $terminating = 'terminating'

        (Invoke-Captured { $script; $said; $terminating }).Output | Should -BeExactly @('script', 'said', 'terminating')
    }
}

Describe 'Start-RawServer' {
    It 'goes on after a client that <_>' -ForEach 'sends nothing and goes away', 'sends half a request and goes away', 'sends nothing and stays' {
        $raw = Start-RawServer {
            param($Request)
            '{"path":"' + $Request.Path + '"}'
        }
        $client = [System.Net.Sockets.TcpClient]::new()
        try {
            $client.Connect('127.0.0.1', ([uri] $raw.Address).Port)
            if ($_ -like '*half*') {
                $half = [System.Text.Encoding]::ASCII.GetBytes("POST /half HTTP/1.1`r`nContent-Length: 10`r`n`r`n12")
                $client.GetStream().Write($half, 0, $half.Length)
            }

            if ($_ -like '*goes away') {
                $client.Close()
            }

            (Invoke-RestMethod "$($raw.Address)/next" -UseBasicParsing -TimeoutSec 60).path | Should -BeExactly '/next'
        }
        finally {
            $client.Close()
            Stop-RawServer $raw
        }
    }

    It 'refuses connections where its answer fails, so that no client waits' {
        $raw = Start-RawServer { throw 'no answer' }
        try {
            { Invoke-RestMethod "$($raw.Address)/first" -UseBasicParsing -TimeoutSec 60 } | Should -Throw
            Wait-Until { $raw.Running.IsCompleted } | Should -BeTrue
            { [System.Net.Sockets.TcpClient]::new().Connect('127.0.0.1', ([uri] $raw.Address).Port) } | Should -Throw
        }
        finally {
            Stop-RawServer $raw
        }
    }
}

Describe 'Start-SandboxServer' {
    It 'ends its process where the settings are refused' -Tag Process -Skip:(-not $library) -ForEach @{ Library = $library } {
        $processes = [System.Collections.Generic.List[System.Diagnostics.Process]]::new()
        Mock Stop-SandboxServer {
            $processes.Add($Server.Process)
            $Server.Process.Kill()
        }
        $given = $env:PICTIFY_TEST_SERVER
        $env:PICTIFY_TEST_SERVER = $Library
        try {
            { Start-SandboxServer @{ nonsense = 1 } } | Should -Throw
        }
        finally {
            $env:PICTIFY_TEST_SERVER = $given
        }

        $processes.Count | Should -Be 1
        $processes[0].WaitForExit(10000) | Should -BeTrue
    }
}
