#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What an experiment that comes out of a change says of it: Change, OperationId and PausedUntil. What is only read says nothing of it,
# and nothing of it is sent.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $outputs = @(
        @{ Script = 'Suspend-PictifyExperiment exp_sandbox_01'; Change = 'Changed' }
        @{ Script = 'Suspend-PictifyExperiment exp_sandbox_04'; Change = 'Unchanged' }
        @{ Script = 'Resume-PictifyExperiment exp_sandbox_04'; Change = 'Changed' }
        @{ Script = 'Resume-PictifyExperiment exp_sandbox_01'; Change = 'Unchanged' }
        @{ Script = 'Start-PictifyExperiment exp_sandbox_11 -Wait'; Change = 'Changed' }
        @{ Script = 'Start-PictifyExperiment exp_sandbox_01'; Change = 'Unchanged' }
        @{ Script = 'Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId control -Confirm:$false'; Change = 'Changed' }
        @{ Script = 'Complete-PictifyExperiment exp_sandbox_12 -WinnerVariantId short-headline -Confirm:$false'; Change = 'Unchanged' }
        @{ Script = "Set-PictifyExperiment exp_sandbox_01 -NewName 'New'"; Change = 'Changed' }
        @{ Script = 'Copy-PictifyExperiment exp_sandbox_01 -NewSlug copy-1'; Change = 'Changed' }
        @{ Script = "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }"; Change = 'Changed' }
        @{ Script = '$null = Suspend-PictifyExperiment exp_sandbox_01; Get-PictifyOperation -Last | Undo-PictifyOperation'; Change = 'Changed' }
        @{ Script = '$null = Suspend-PictifyExperiment exp_sandbox_01; $o = Get-PictifyOperation -Last; $null = $o | Undo-PictifyOperation; $o | Undo-PictifyOperation'; Change = 'Unchanged' }
    )
    $ways = @(
        @{ Way = 'CLIXML'; Back = { $x = Join-Path $TestDrive "$([guid]::NewGuid()).xml"; $input | Export-Clixml $x; Import-Clixml $x } }
        @{ Way = 'CSV'; Back = { $x = Join-Path $TestDrive "$([guid]::NewGuid()).csv"; $input | Export-Csv $x -NoTypeInformation; Import-Csv $x } }
        @{ Way = 'JSON'; Back = { $json = ConvertTo-Json @($input) -Depth 8; $json | ConvertFrom-Json | ForEach-Object { $_ } } }
        @{ Way = 'the serializer of jobs'; Back = { $input | ForEach-Object { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_, 1)) } } }
        @{ Way = 'a variable'; Back = { $input } }
    )
    $noClock = $PSVersionTable.PSEdition -ne 'Core'
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'What comes out of a change' {
    BeforeEach {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")
    }

    It 'says what happened, and by which operation: <Script>' -ForEach $outputs {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        $said.Output[0] -is [Pictify.Experiment] | Should -BeTrue
        "$($said.Output[0].Change)" | Should -BeExactly $Change
        @($said.Output | Where-Object Change -eq $Change).Count | Should -Be 1
        $said.Output[0].OperationId | Should -BeExactly (Get-PictifyOperation -Last).Id
        $said.Output[0].PausedUntil | Should -BeNullOrEmpty
    }

    It 'says it without a ledger too' {
        Connect-Pictify -Sandbox -LedgerPath off
        $paused = Suspend-PictifyExperiment exp_sandbox_01

        "$($paused.Change)" | Should -BeExactly 'Changed'
        $paused.OperationId | Should -BeExactly (Get-PictifyOperation -Last).Id
    }

    It 'says when the pause ends, in local time' {
        $paused = Suspend-PictifyExperiment exp_sandbox_01 -For 2h

        $paused.PausedUntil.GetType() | Should -Be ([datetime])
        $paused.PausedUntil.Kind | Should -Be 'Local'
        $paused.PausedUntil.ToUniversalTime() | Should -Be (Get-PictifyOperation -Last).Until.ToUniversalTime()
    }

    It 'says nothing where an experiment was only read' {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 2h

        foreach ($read in @(Get-PictifyExperiment -Uid exp_sandbox_01) + @(Get-PictifyExperiment) + @(Wait-PictifyExperiment exp_sandbox_01 -Status Paused)) {
            $read.Change | Should -Be $null
            $read.OperationId | Should -Be $null
            $read.PausedUntil | Should -Be $null
        }
    }

    It 'is resumed exactly where it was changed, back from <Way>' -ForEach $ways {
        $paused = @(Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -For 2h)
        "$($paused.Change)" | Should -BeExactly 'Changed Changed Changed Unchanged Changed'

        $back = @($paused | & $Back)

        @($back.OperationId | Sort-Object -Unique) | Should -BeExactly @((Get-PictifyOperation -Last).Id)
        "$($back.Change)" | Should -BeExactly 'Changed Changed Changed Unchanged Changed'
        @($back | Where-Object { [datetime] $_.PausedUntil -gt (Get-Date) }).Count | Should -Be 5
        $resumed = @($back | Where-Object Change -eq Changed | Resume-PictifyExperiment)
        $resumed.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_03', 'exp_sandbox_05')
        "$((Get-PictifyExperiment -Uid exp_sandbox_04).Status)" | Should -BeExactly 'Paused'
    }

    It 'comes back from a job as it was' {
        $job = Start-Job -ArgumentList $Manifest {
            param($Manifest)
            Import-Module $Manifest
            Connect-Pictify -Sandbox
            'exp_sandbox_01', 'exp_sandbox_04' | Suspend-PictifyExperiment
        }
        try {
            $back = @($job | Wait-Job | Receive-Job)
        }
        finally {
            $job | Remove-Job -Force
        }

        @($back | Where-Object Change -eq Changed).Uid | Should -BeExactly @('exp_sandbox_01')
        @($back | Where-Object Change -eq Unchanged).Uid | Should -BeExactly @('exp_sandbox_04')
    }

    It 'is what the end of a pause gives too' -Skip:$noClock {
        Add-SetClock
        $clock = [PictifyTests.SetClock]::new()
        $clock.Now = [datetimeoffset] '2026-11-27 16:00Z'
        $options = [Pictify.Sandbox.PictifySandboxOptions] @{ TimeProvider = $clock }
        $sandbox = [Pictify.Sandbox.PictifySandbox]::new($options)
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger

        # One after the other: they are ended in the order of the ledger.
        $null = 'exp_sandbox_01', 'exp_sandbox_02' | Suspend-PictifyExperiment -For 1h -ThrottleLimit 1
        $unrecorded = Connect-Pictify -Sandbox $sandbox -LedgerPath off -PassThru
        $null = Resume-PictifyExperiment exp_sandbox_02 -Connection $unrecorded
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger
        $clock.Now = $clock.Now.AddHours(2)

        $ended = @(Resume-PictifyExperiment -Due)

        "$($ended.Change)" | Should -BeExactly 'Changed Unchanged'
        @($ended.OperationId | Sort-Object -Unique) | Should -BeExactly @((Get-PictifyOperation -Last).Id)
        $ended.PausedUntil | Should -Be @($null, $null)
    }
}

Describe 'The view of what comes out of a change' {
    BeforeAll {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")
        $paused = @(Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -Until "$((Get-Date).Year + 1)-01-04 08:00")
        $plain = @(Get-PictifyExperiment 'Hero*')
        function Get-Lines { @($input | Get-Shown 80 | ForEach-Object { $_.TrimEnd() } | Where-Object { $_ }) }
    }

    It 'has the change and the end, in 80 columns' {
        $lines = $paused | Get-Lines

        $lines.Count | Should -Be 7
        $lines[0] | Should -MatchExactly '^Name +Status +Change +PausedUntil +Uid$'
        $lines[2] | Should -MatchExactly '^Hero Summer Sale +Paused +Changed +20\d\d-01-04 +exp_sandbox_01$'
        $lines[5] | Should -MatchExactly '^Hero Spring Launch +Paused +Unchanged +20\d\d-01-04 +exp_sandbox_04$'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
        ($lines -join '').Contains([string] [char] 0x2026) | Should -BeFalse
    }

    It 'is not that of a listing, which has no columns for it' {
        ($plain | Get-Lines)[0] | Should -MatchExactly '^Name +Status +Type +Impressions +Uid$'
        @($plain | Format-List | Get-Lines | Where-Object { $_ -match '^(Change|OperationId|PausedUntil)' }) | Should -BeNullOrEmpty
    }

    It 'has the operation too as a list' {
        $lines = @($paused[0] | Format-List | Get-Lines)

        @($lines | Where-Object { $_ -match '^(Change +: Changed|PausedUntil +: .+|OperationId +: \d{8}T.+)$' }).Count | Should -Be 3
    }

    It 'goes on where a listing follows in the same output, and a listing where a change follows' {
        $after = @($paused[0], $plain[1] | Get-Lines)
        $before = @($plain[1], $paused[0] | Get-Lines)

        $after.Count | Should -Be 4 -Because "$after"
        $after[3] | Should -MatchExactly '^Hero Homepage Headline +Paused +exp_sandbox_02$'
        $before.Count | Should -Be 4 -Because "$before"
        $before[0] | Should -MatchExactly '^Name +Status +Type +Impressions +Uid$'
    }

    It 'is the same of what came back from a job' {
        $back = @($paused | ForEach-Object { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_, 1)) })

        $back | Get-Lines | Should -BeExactly ($paused | Get-Lines)
        $back[0].Variants[0].Id | Should -BeExactly 'control'
    }

    It 'is of five properties where it comes after another type' {
        @($paused[0].PSStandardMembers.DefaultDisplayPropertySet.ReferencedPropertyNames) | Should -BeExactly @('Name', 'Status', 'Change', 'PausedUntil', 'Uid')
        @($plain[0].PSStandardMembers.DefaultDisplayPropertySet.ReferencedPropertyNames) | Should -BeExactly @('Name', 'Status', 'Type', 'Impressions', 'Uid')
    }
}

Describe 'What a change came to' {
    BeforeAll {
        $server = Start-RawServer {
            param($Request)
            $slug = if ($Request.Method -eq 'POST') { 'other' } else { 'hero' }
            '{"experiment":{"uid":"e","name":"Hero","slug":"' + $slug + '","type":"ab_test","status":"' + $(if ($Request.Path -like '*/pause') { 'paused' } else { 'draft' }) + '","variants":[{"id":"a","weight":5000},{"id":"b","weight":5000}]}}'
        }
        Connect-SandboxServer $server
        $paused = Suspend-PictifyExperiment e
        $back = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($paused, 1))
    }

    AfterAll {
        Stop-RawServer $server
    }

    It 'is sent to nobody: <Script>' -ForEach @(
        @{ Script = '$paused | Set-PictifyExperiment -NewName Other' }
        @{ Script = '$back | Set-PictifyExperiment -NewName Other' }
        @{ Script = '$paused | Copy-PictifyExperiment -NewSlug other' }
        @{ Script = '$back | Copy-PictifyExperiment -NewSlug other' }
        @{ Script = 'Invoke-PictifyApi experiments/api -Method Post -Body $paused' }
        @{ Script = 'Invoke-PictifyApi experiments/api -Method Post -Body @{ experiment = $paused }' }
    ) {
        $server.Received.Clear()

        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $sent = @($server.Requests | Where-Object Method -ne 'GET')
        $sent.Count | Should -Be 1
        $sent[0].Body.Length | Should -BeGreaterThan 10
        $sent[0].Body | Should -Not -Match 'changed|operationId|pausedUntil|"change"'
    }

    It 'is said anew of a row that has it' {
        $row = @($paused | Select-Object Uid, Name, Status, Variants, Change, OperationId, PausedUntil)
        $said = Invoke-Captured { $row | Suspend-PictifyExperiment }

        $said.Errors | Should -BeNullOrEmpty
        "$($said.Output[0].Change)" | Should -BeExactly 'Changed'
    }
}
