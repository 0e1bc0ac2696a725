#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Send-PictifyEvent: batches, events that the service does not take, and what is sent.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
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
        Get-ErrorId $said.Errors | Should -BeExactly @('EventRefused')
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

Describe 'A batch that fails' {
    It 'is an error for each of its events: <Case>' -ForEach @(
        @{ Case = 'no answer'; Answer = { }; Id = 'OutcomeUnknown' }
        @{ Case = 'no JSON'; Answer = { '<html>' }; Id = 'OutcomeUnknown' }
    ) {
        $server = Start-RawServer $Answer
        try {
            Connect-SandboxServer $server @{ MaximumRetryCount = 0 }
            $events = 1..3 | ForEach-Object { [pscustomobject] @{ event = 'view'; experiment = 'hero'; number = $_ } }
            $said = Invoke-Captured { $events | Send-PictifyEvent }
        }
        finally {
            Stop-RawServer $server
        }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -Be @($Id, $Id, $Id)
        $said.Errors.TargetObject.number | Should -Be @(1, 2, 3)
    }

    It 'is an error for each event of the batches that were not attempted' {
        $server = Start-SandboxServer @{ eventRateLimit = 1 }
        try {
            Connect-SandboxServer $server @{ MaximumWaitSec = 0 }
            $events = 1..250 | ForEach-Object { [pscustomobject] @{ event = 'view'; experiment = 'hero-summer-sale'; variantId = 'control'; number = $_ } }
            $said = Invoke-Captured { $events | Send-PictifyEvent -ThrottleLimit 1 }
        }
        finally {
            Stop-SandboxServer $server
        }

        $said.Output.Sent | Should -Be @(100)
        @($said.Errors).Count | Should -Be 150
        $said.Errors.TargetObject.number | Should -Be (101..250)
        @(Get-ErrorId $said.Errors | Select-Object -Unique) | Should -Be @('RateLimited', 'NotAttempted')
    }
}
