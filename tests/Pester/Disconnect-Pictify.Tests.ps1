#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Disconnect-Pictify: the connection is closed for all that hold it.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Disconnect-Pictify' {
    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'closes the connection for those that hold it, and twice is once' {
        $connection = Get-PictifyConnection
        $said = Invoke-Captured {
            Disconnect-Pictify
            Disconnect-Pictify
        }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        $connection.IsClosed | Should -BeTrue
        Get-ErrorId (Invoke-Captured { Get-PictifyExperiment -Connection $connection }).Terminating | Should -BeExactly 'ConnectionClosed'
    }

    It 'leaves the session without a connection' {
        Disconnect-Pictify

        Get-ErrorId (Invoke-Captured { Get-PictifyExperiment }).Terminating | Should -BeExactly 'NotConnected'
    }
}
