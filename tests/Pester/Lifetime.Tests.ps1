#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Whether something will end a pause with an end: what Suspend-PictifyExperiment warns of, what -WhatIf shows of the end, and what
# 'Resume-PictifyExperiment -Due' says of a ledger without entries. The rules themselves are in the C# suite.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer

    # What a service for builds sets is not there, whatever runs these tests.
    $jobs = 'CI', 'GITHUB_ACTIONS', 'GITLAB_CI', 'TF_BUILD', 'JENKINS_URL', 'TEAMCITY_VERSION', 'BUILDKITE', 'CODEBUILD_BUILD_ID', 'APPVEYOR',
        'BITBUCKET_BUILD_NUMBER', 'AZUREPS_HOST_ENVIRONMENT', 'AWS_LAMBDA_FUNCTION_NAME', 'FUNCTIONS_WORKER_RUNTIME'
    $before = @{}
    foreach ($name in $jobs) {
        $before[$name] = [System.Environment]::GetEnvironmentVariable($name)
        [System.Environment]::SetEnvironmentVariable($name, $null)
    }
}

AfterAll {
    foreach ($name in $jobs) {
        [System.Environment]::SetEnvironmentVariable($name, $before[$name])
    }

    Stop-SandboxServer $server
}

Describe 'A pause with an end' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-SandboxServer $server @{ LedgerPath = $ledger }
    }

    It 'has a warning where its ledger is in a temporary folder, and is made' {
        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 -For 2h }

        $said.Errors | Should -BeNullOrEmpty
        $warning = @($said.Warnings -like '*nothing ends the pause*')
        $warning.Count | Should -Be 1
        $warning[0].Contains($ledger) | Should -BeTrue -Because $warning[0]
        $warning[0] | Should -BeLike '*in a temporary folder*PICTIFY_LEDGER*'
        "$($said.Output.Status)" | Should -BeExactly 'Paused'
    }

    It 'has a warning that names the variable where a job of a build service makes it' {
        $env:GITHUB_ACTIONS = 'true'
        try {
            $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 -For 2h }
        }
        finally {
            $env:GITHUB_ACTIONS = $null
        }

        @($said.Warnings -like '*variable GITHUB_ACTIONS is set*').Count | Should -Be 1
    }

    It 'has none of them without an end, and none in a sandbox' {
        (Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 }).Warnings | Should -BeNullOrEmpty
        Connect-Pictify -Sandbox -LedgerPath $ledger
        (Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 -For 2h }).Warnings | Should -BeNullOrEmpty
    }

    It 'shows the end under -WhatIf, and changes nothing' {
        $transcript = Join-Path $TestDrive "$([guid]::NewGuid()).txt"
        $null = Start-Transcript $transcript
        try {
            Suspend-PictifyExperiment exp_sandbox_01 -Until '2027-03-01 08:00' -WhatIf -WarningAction SilentlyContinue
            Suspend-PictifyExperiment exp_sandbox_01 -WhatIf
        }
        finally {
            $null = Stop-Transcript
        }

        $text = [System.IO.File]::ReadAllText($transcript)
        $text.Contains('"Suspend until 2027-03-01 08:00:00 ') | Should -BeTrue -Because $text
        $text.Contains('"Suspend" on target') | Should -BeTrue -Because $text
        (Get-SandboxServer $server).changeRequests | Should -Be 0
    }
}

Describe 'Resume-PictifyExperiment -Due on a ledger without entries' {
    It 'says that it found none, and where it looked: in a file' {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        [System.IO.File]::WriteAllText($ledger, '')
        Connect-SandboxServer $server @{ LedgerPath = $ledger }

        $said = Invoke-Captured { Resume-PictifyExperiment -Due }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Warnings.Count | Should -Be 1
        $said.Warnings[0].StartsWith("There is no pause to end: the ledger '$ledger' has no entries.") | Should -BeTrue -Because $said.Warnings[0]
    }

    It 'says so in a sandbox, and not once there is an entry' {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        [System.IO.File]::WriteAllText($ledger, '')
        Connect-Pictify -Sandbox -LedgerPath $ledger
        (Invoke-Captured { Resume-PictifyExperiment -Due }).Warnings | Should -BeLike '*has no entries*'
        $null = Suspend-PictifyExperiment exp_sandbox_01

        (Invoke-Captured { Resume-PictifyExperiment -Due }).Warnings | Should -BeNullOrEmpty
    }
}
