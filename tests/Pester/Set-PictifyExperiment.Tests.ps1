#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Set-PictifyExperiment: what is sent, and what may be changed now.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Set-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'names the fields that a running experiment allows to change' {
        $said = Invoke-Captured { Set-PictifyExperiment exp_sandbox_01 -Hypothesis 'x' }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('ValidationFailed')
        "$($said.Errors[0])".Contains('only name, confidenceThreshold, minimumRunDays, goalConfig.destinationUrl') |
            Should -BeTrue -Because "$($said.Errors[0])"
    }

    It 'renames a completed one' {
        $set = @(Set-PictifyExperiment exp_sandbox_12 -NewName New -ErrorAction Stop)

        $set.Count | Should -Be 1
        $set[0].Name | Should -BeExactly 'New'
    }

    It 'ends with <Id>, and sends no change: <Script>' -ForEach @(
        @{ Script = 'Set-PictifyExperiment exp_sandbox_01'; Id = 'NothingToChange' }
        @{ Script = "Set-PictifyExperiment exp_sandbox_04 -NewSlug 'No Slug'"; Id = 'ValidationFailed' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        Get-ErrorId $said.Terminating | Should -BeExactly $Id
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
        @{ Script = "Set-PictifyExperiment e -NewName 'New' -MinimumRunDays 3"; Sent = '{"minimumRunDays":3,"name":"New"}' }
        # The goal is sent whole, with what this module does not know of it.
        @{
            Script = 'Set-PictifyExperiment e -DestinationUrl https://b.example/'
            Sent   = '{"goalConfig":{"type":"click_through","destinationUrl":"https://b.example/","currency":"EUR"}}'
        }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        @($server.Requests | Where-Object Method -ne 'GET').Method | Should -BeExactly @('PUT')
        @($server.Requests | Where-Object Method -ne 'GET').Body | Should -BeExactly $Sent
    }
}
