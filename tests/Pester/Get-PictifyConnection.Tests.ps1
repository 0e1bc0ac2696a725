#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Get-PictifyConnection: what the commands of this session act on.
# That it shows no key is in Connect-Pictify.Tests.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Get-PictifyConnection' {
    BeforeEach {
        Disconnect-Pictify
    }

    It 'emits nothing, and no error, without a connection' {
        $said = Invoke-Captured { Get-PictifyConnection }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
    }

    It 'emits the sandbox that commands change' {
        Connect-Pictify -Sandbox
        $null = Suspend-PictifyExperiment exp_sandbox_01 -ErrorAction Stop

        $connection = Get-PictifyConnection
        "$($connection.Environment)" | Should -BeExactly 'Sandbox'
        $connection.Sandbox.ChangeRequests | Should -Be 1
        ($connection.Sandbox.Experiments | Where-Object Uid -eq 'exp_sandbox_01').StatusText | Should -BeExactly 'paused'
    }

    It 'emits the connection that Connect-Pictify -PassThru gave' {
        $given = Connect-Pictify -ApiKey (ConvertTo-Key 'pk_test_1') -PassThru

        [object]::ReferenceEquals((Get-PictifyConnection), $given) | Should -BeTrue
        "$($given.Environment)" | Should -BeExactly 'Test'
        $given.IsClosed | Should -BeFalse
    }
}
