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
