#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Test-PictifyConnection: what works, and what does not.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer @{ key = $TestKey }
}

AfterAll {
    Stop-SandboxServer $server
}

Describe 'Test-PictifyConnection' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
    }

    It 'says what works, and changes nothing' {
        Connect-SandboxServer $server
        $test = @(Test-PictifyConnection -ErrorAction Stop)

        $test.Count | Should -Be 1
        $test[0].IsUsable | Should -BeTrue
        $test[0].IsReachable | Should -BeTrue
        $test[0].IsKeyAccepted | Should -BeTrue
        $test[0].HasExperiments | Should -BeTrue
        "$($test[0].Environment)" | Should -BeExactly 'Test'
        $test[0].Plan | Should -BeExactly 'Business'
        $test[0].RateLimit | Should -Be 1000000
        $test[0].Problem | Should -Be $null
        $test[0].ClockSkew.Duration() | Should -BeLessOrEqual ([timespan]::FromSeconds(2))
        $state = Get-SandboxServer $server
        $state.changeRequests | Should -Be 0
        ($state.requests.PSObject.Properties.Name | Sort-Object) | Should -BeExactly @('GET list', 'GET quota')
    }

    It 'says what does not work: <Broken>' -ForEach @(
        @{ Broken = 'the key'; Settings = @{ key = 'pk_test_another' }; Key = $false; Feature = $null }
        @{ Broken = 'the feature'; Settings = @{ hasExperiments = $false }; Key = $null; Feature = $false }
    ) {
        Set-SandboxServer $server $Settings
        Connect-SandboxServer $server @{ RetryIntervalSec = 0 }
        $test = @(Test-PictifyConnection -ErrorAction Stop)

        $test.Count | Should -Be 1
        $test[0].IsUsable | Should -BeFalse
        $test[0].IsReachable | Should -BeTrue
        $test[0].IsKeyAccepted | Should -Be $Key
        $test[0].HasExperiments | Should -Be $Feature
        $test[0].Problem | Should -Not -BeNullOrEmpty
    }

    It 'is not reached where the answer is <Broken>' -ForEach @(
        @{ Broken = 'a closed connection'; Answer = { $null } }
        @{ Broken = 'a page'; Answer = { '<html>' } }
    ) {
        $strange = Start-RawServer $Answer
        try {
            Connect-SandboxServer $strange @{ RetryIntervalSec = 0 }
            $test = @(Test-PictifyConnection -ErrorAction Stop)
        }
        finally {
            Stop-RawServer $strange
        }

        $strange.Requests.Count | Should -BeGreaterThan 0
        $test.Count | Should -Be 1
        $test[0].IsUsable | Should -BeFalse
        $test[0].IsReachable | Should -BeFalse
        $test[0].IsKeyAccepted | Should -Be $null
        $test[0].HasExperiments | Should -Be $null
        $test[0].Problem | Should -Not -BeNullOrEmpty
    }
}
