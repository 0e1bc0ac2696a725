#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# -WhatIf as a preview: what is so already, what would be refused and with which error, the end, the reason and the ticket. It reads what
# it does not know, changes nothing and records nothing. What Set-PictifyExperiment would change is in Rename.Tests.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    # Of each, what -WhatIf says; the uids are those of a sandbox.
    $done = @(
        @{ Call = 'Suspend-PictifyExperiment exp_sandbox_04'; Action = 'Suspend: already paused, nothing to do' }
        @{ Call = "Get-PictifyExperiment 'Hero Spring*' | Suspend-PictifyExperiment"; Action = 'Suspend: already paused, nothing to do' }
        @{ Call = 'Resume-PictifyExperiment exp_sandbox_01'; Action = 'Resume: already running, nothing to do' }
        @{ Call = 'Start-PictifyExperiment exp_sandbox_01'; Action = 'Start: already running, nothing to do' }
        @{ Call = 'Complete-PictifyExperiment exp_sandbox_12 -WinnerVariantId short-headline'; Action = "Complete with winner 'short-headline': already completed, nothing to do" }
        @{ Call = 'Remove-PictifyExperiment exp_none'; Action = 'Remove: already gone, nothing to do' }
        @{ Call = 'Suspend-PictifyExperiment exp_sandbox_04 -Reason Again -Ticket OPS-1'; Action = "Suspend, reason 'Again', ticket OPS-1: already paused, nothing to do" }
        @{ Call = "Suspend-PictifyExperiment exp_sandbox_04 -Until '2027-03-01 08:00'"; Action = 'Suspend until 2027-03-01 08:00:00 *: already paused, only the end is recorded' }
    )
    $toDo = @(
        @{ Call = 'Suspend-PictifyExperiment exp_sandbox_01'; Action = 'Suspend' }
        @{ Call = "Suspend-PictifyExperiment exp_sandbox_01 -Until '2027-03-01 08:00' -Reason 'Incident 7' -Ticket INC-7"; Action = "Suspend until 2027-03-01 08:00:00 *, reason 'Incident 7', ticket INC-7" }
        @{ Call = 'Resume-PictifyExperiment exp_sandbox_04 -Reason Over'; Action = "Resume, reason 'Over'" }
        @{ Call = 'Start-PictifyExperiment exp_sandbox_11 -Ticket OPS-2'; Action = 'Start, ticket OPS-2' }
        @{ Call = 'Start-PictifyExperiment exp_sandbox_04'; Action = 'Start' }
        @{ Call = 'Complete-PictifyExperiment exp_sandbox_04 -WinnerVariantId control'; Action = "Complete with winner 'control'" }
        @{ Call = 'Remove-PictifyExperiment exp_sandbox_11 -Reason Old'; Action = "Remove, reason 'Old'" }
        @{ Call = "Copy-PictifyExperiment exp_sandbox_12 -NewSlug copied -NewName 'Copied'"; Action = "Copy to 'copied', named 'Copied'" }
        @{ Call = "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 } -Reason Test"; Action = "Create, reason 'Test'" }
        @{ Call = 'Send-PictifyEvent view hero-summer-sale -Reason Test'; Action = "Send, reason 'Test'" }
        @{ Call = 'Invoke-PictifyApi experiments/api/exp_sandbox_01/pause -Method Post -Ticket OPS-3'; Action = 'POST, ticket OPS-3' }
    )

    # With the error that the change itself gives.
    $refused = @(
        @{ Call = 'Suspend-PictifyExperiment exp_sandbox_11'; Id = 'StateConflict' }
        @{ Call = 'Suspend-PictifyExperiment exp_sandbox_12'; Id = 'StateConflict' }
        @{ Call = "Get-PictifyExperiment 'Referral*' | Suspend-PictifyExperiment"; Id = 'StateConflict' }
        @{ Call = 'Resume-PictifyExperiment exp_sandbox_11'; Id = 'StateConflict' }
        @{ Call = 'Resume-PictifyExperiment exp_sandbox_12'; Id = 'StateConflict' }
        @{ Call = 'Start-PictifyExperiment exp_sandbox_12'; Id = 'StateConflict' }
        @{ Call = 'Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId nobody -Confirm:$false'; Id = 'InvalidArgument' }
        @{ Call = "Get-PictifyExperiment 'Hero Summer*' | Complete-PictifyExperiment -WinnerVariantId nobody -Confirm:`$false"; Id = 'InvalidArgument' }
        @{ Call = 'Complete-PictifyExperiment exp_sandbox_11 -WinnerVariantId day -Confirm:$false'; Id = 'StateConflict' }
        @{ Call = 'Complete-PictifyExperiment exp_sandbox_12 -WinnerVariantId control -Confirm:$false'; Id = 'StateConflict' }
        @{ Call = 'Remove-PictifyExperiment exp_sandbox_01 -Confirm:$false'; Id = 'StateConflict' }
        @{ Call = "Remove-PictifyExperiment -Name 'Hero Summer*' -Confirm:`$false"; Id = 'StateConflict' }
        @{ Call = 'Set-PictifyExperiment exp_sandbox_01 -Hypothesis x'; Id = 'ValidationFailed' }
        @{ Call = 'Set-PictifyExperiment exp_sandbox_12 -MinimumRunDays 3'; Id = 'ValidationFailed' }
        @{ Call = 'Set-PictifyExperiment exp_sandbox_01 -GoalType ImpressionsOnly'; Id = 'ValidationFailed' }
        @{ Call = "Set-PictifyExperiment exp_sandbox_04 -DestinationUrl 'ftp://shop.example/'"; Id = 'ValidationFailed' }
        @{ Call = 'Suspend-PictifyExperiment exp_none'; Id = 'ExperimentNotFound' }
        @{ Call = "Set-PictifyExperiment exp_none -NewName 'New'"; Id = 'ExperimentNotFound' }
        @{ Call = 'Copy-PictifyExperiment exp_none -NewSlug copied'; Id = 'ExperimentNotFound' }
        @{ Call = 'Complete-PictifyExperiment exp_none -WinnerVariantId control -Confirm:$false'; Id = 'ExperimentNotFound' }
        @{ Call = "Suspend-PictifyExperiment '../x'"; Id = 'InvalidUid' }
    )
    $noClock = $PSVersionTable.PSEdition -ne 'Core'
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Under -WhatIf' {
    BeforeEach {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox -LedgerPath $ledger
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    AfterEach {
        $sandbox.ChangeRequests | Should -Be 0
        Test-Path $ledger | Should -BeFalse
    }

    It 'what is so already is said to be: <Call>' -ForEach $done {
        $whatIf = Get-WhatIf ([scriptblock]::Create("$Call -WhatIf"))

        $whatIf.Said.Terminating | Should -BeNullOrEmpty
        $whatIf.Said.Errors + $whatIf.Said.Output | Should -BeNullOrEmpty
        $whatIf.Actions.Count | Should -Be 1
        $whatIf.Actions[0] | Should -BeLike $Action
    }

    It 'what would be done is said, with its end, reason and ticket: <Call>' -ForEach $toDo {
        $whatIf = Get-WhatIf ([scriptblock]::Create("$Call -WhatIf"))

        $whatIf.Said.Terminating | Should -BeNullOrEmpty
        $whatIf.Said.Errors + $whatIf.Said.Output | Should -BeNullOrEmpty
        $whatIf.Actions.Count | Should -Be 1
        $whatIf.Actions[0] | Should -BeLike $Action
    }

    It 'what would be refused is the error that the change gives: <Call>' -ForEach $refused {
        $whatIf = Get-WhatIf ([scriptblock]::Create("$Call -WhatIf"))

        $whatIf.Actions | Should -BeNullOrEmpty
        $whatIf.Said.Terminating | Should -BeNullOrEmpty
        $whatIf.Said.Output | Should -BeNullOrEmpty
        Get-ErrorId $whatIf.Said.Errors | Should -BeExactly @($Id)

        # The change itself, in a sandbox of its own.
        $real = Connect-Pictify -Sandbox -LedgerPath off -PassThru
        $before = @(Get-PictifyExperiment -Connection $real).StatusText
        $said = Invoke-Captured ([scriptblock]::Create($Call))
        Get-ErrorId $said.Errors | Should -BeExactly @($Id)
        "$($said.Errors[0].TargetObject)" | Should -BeExactly "$($whatIf.Said.Errors[0].TargetObject)"
        @(Get-PictifyExperiment -Connection $real).StatusText | Should -BeExactly $before
    }

    It 'the experiment that only a uid names has its name' {
        $whatIf = Get-WhatIf { 'exp_sandbox_01' | Suspend-PictifyExperiment -WhatIf }

        $whatIf.Targets.Count | Should -Be 1
        $whatIf.Targets[0] | Should -BeLike "Experiment 'Hero Summer Sale' (exp_sandbox_01) in Sandbox*"
    }

    It 'what is known is not read again, and what is refused by it is' {
        $null = Get-WhatIf { Get-PictifyExperiment | Suspend-PictifyExperiment -WhatIf }

        # The draft and the completed one.
        $sandbox.Requests['GET list'] | Should -Be 1
        $sandbox.Requests['GET experiment'] | Should -Be 2
    }

    It 'what was refused by something old is not refused' {
        $old = Get-PictifyExperiment -Uid exp_sandbox_11
        $other = Connect-Pictify -Sandbox $sandbox -LedgerPath off -PassThru
        $uid = (Copy-PictifyExperiment exp_sandbox_01 -NewSlug copied -Connection $other).Uid
        $draft = Get-PictifyExperiment -Uid $uid
        $null = Start-PictifyExperiment $uid -Wait -Connection $other
        $sent = $sandbox.ChangeRequests

        $whatIf = Get-WhatIf { $draft | Suspend-PictifyExperiment -WhatIf }

        $whatIf.Said.Errors | Should -BeNullOrEmpty
        $whatIf.Actions | Should -BeExactly @('Suspend')
        $sandbox.ChangeRequests | Should -Be $sent
        Connect-Pictify -Sandbox -LedgerPath $ledger
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'each winner of -Leader is that of its experiment' {
        $whatIf = Get-WhatIf {
            [pscustomobject] @{ Uid = 'exp_sandbox_01'; LeaderId = 'control' }, [pscustomobject] @{ Uid = 'exp_sandbox_02'; LeaderId = 'short-headline' } |
                Complete-PictifyExperiment -Leader -WhatIf
        }

        $whatIf.Actions | Should -BeExactly @("Complete with winner 'control'", "Complete with winner 'short-headline'")
    }

    It 'a sum is said, as a warning where something would fail' {
        $said = Invoke-Captured { 'exp_sandbox_01', 'exp_sandbox_04', 'exp_sandbox_12' | Suspend-PictifyExperiment -WhatIf }

        $said.Warnings | Should -BeExactly @('Suspend would change 1 of 3: 1 already paused, 1 would fail.')
    }

    It '$WhatIfPreference does the same' {
        $whatIf = Get-WhatIf { $WhatIfPreference = $true; Suspend-PictifyExperiment exp_sandbox_04 }

        $whatIf.Actions | Should -BeExactly @('Suspend: already paused, nothing to do')
    }

    It 'a reason is shown without its control characters, and not without a bound' {
        $whatIf = Get-WhatIf { Suspend-PictifyExperiment exp_sandbox_01 -Reason ("a$([char] 27)[2Jb`nc" + 'x' * 5000) -Ticket "t$([char] 0x202E)" -WhatIf }

        $whatIf.Actions.Count | Should -Be 1
        $whatIf.Actions[0] | Should -Not -Match '[\u001b\u202e]'
        $whatIf.Actions[0].Length | Should -BeLessThan 500
    }
}

Describe 'Under -WhatIf, the end of a pause' {
    BeforeEach {
        $mine = Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl") -PassThru
    }

    It 'says that one without an end takes it away' {
        'exp_sandbox_01', 'exp_sandbox_02' | Suspend-PictifyExperiment -For 2h | Out-Null
        Suspend-PictifyExperiment exp_sandbox_02 | Out-Null

        $whatIf = Get-WhatIf { 'exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_04' | Suspend-PictifyExperiment -WhatIf }

        $whatIf.Actions.Count | Should -Be 3
        $whatIf.Actions[0] | Should -Match '^Suspend: already paused, only its end at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d is removed$'
        $whatIf.Actions[1, 2] | Should -BeExactly @('Suspend: already paused, nothing to do', 'Suspend: already paused, nothing to do')
        (Get-PictifyPause -Uid exp_sandbox_01).Until | Should -Not -BeNullOrEmpty
        Suspend-PictifyExperiment exp_sandbox_01 | Out-Null
        (Get-PictifyPause -Uid exp_sandbox_01).Until | Should -BeNullOrEmpty
    }

    It 'does not name one that does not hold any more' {
        Suspend-PictifyExperiment exp_sandbox_01 -For 2h | Out-Null
        $other = Connect-Pictify -Sandbox $mine.Sandbox -LedgerPath off -PassThru
        Resume-PictifyExperiment exp_sandbox_01 -Connection $other | Suspend-PictifyExperiment -Connection $other | Out-Null

        $whatIf = Get-WhatIf { Suspend-PictifyExperiment exp_sandbox_01 -WhatIf -Connection $mine }

        $whatIf.Actions | Should -BeExactly @('Suspend: already paused, nothing to do')
    }
}

Describe 'A preview of many' {
    BeforeAll {
        $server = Start-SandboxServer @{ generate = 40 }
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; generate = 40; latency = 60 }
        Connect-SandboxServer $server
        $uids = 1..40 | ForEach-Object { 'exp_sandbox_{0:d6}' -f $_ }
    }

    It 'reads a few at once, and tells in the order of the input' {
        # Known ones, unknown ones, and one that is not there.
        $mixed = @($uids[0..19]) + @(Get-PictifyExperiment -Uid $uids[20..24]) + @('exp_nowhere') + @($uids[25..39])

        $whatIf = Get-WhatIf { $mixed | Suspend-PictifyExperiment -WhatIf -ThrottleLimit 8 }

        @($whatIf.Targets | ForEach-Object { [regex]::Match($_, '\((exp_\w+)\)').Groups[1].Value }) | Should -BeExactly $uids
        Get-ErrorId $whatIf.Said.Errors | Should -BeExactly @('ExperimentNotFound')
        $state = Get-SandboxServer $server
        $state.changeRequests | Should -Be 0
        $state.mostAtOnce | Should -BeGreaterThan 1
        $state.mostAtOnce | Should -BeLessOrEqual 8
    }

    It 'ends with one error where the key is refused' {
        Set-SandboxServer $server @{ key = 'pk_test_another' }

        $said = Invoke-Captured { $uids | Suspend-PictifyExperiment -WhatIf }

        Get-ErrorId $said.Terminating | Should -BeExactly 'KeyRefused'
        $said.Output | Should -BeNullOrEmpty
        Set-SandboxServer $server @{ key = $TestKey }
    }
}

Describe 'A question about many' -Tag Process {
    It 'reads what only a uid names, and the answers are obeyed in the order of the input' {
        $file = Join-Path $TestDrive 'ask-many.ps1'
        [System.IO.File]::WriteAllText($file, @"
Import-Module '$($Manifest.Replace("'", "''"))'
Connect-Pictify -Sandbox
`$known = Get-PictifyExperiment -Uid exp_sandbox_05
`$out = 'exp_sandbox_01', 'exp_sandbox_02', 'exp_none', 'exp_sandbox_03', `$known, 'exp_sandbox_04', 'exp_sandbox_06' | Suspend-PictifyExperiment -Confirm -ErrorAction SilentlyContinue
"out `$(`$out.Uid)"
"change `$(`$out.Change)"
"sent `$((Get-PictifyConnection).Sandbox.Requests['POST pause'])"
Remove-PictifyExperiment exp_sandbox_11
"drafts `$(@(Get-PictifyExperiment -Status Draft).Count)"
"@)
        $run = Invoke-Pwsh '-File', $file -Answers 'n', 'y', 'y', 'a', 'y'

        $lines = ($run.Output -split "`n").Trim()
        $lines | Should -Contain 'out exp_sandbox_02 exp_sandbox_03 exp_sandbox_05 exp_sandbox_04 exp_sandbox_06' -Because "$($run.Output)$($run.Error)"
        $lines | Should -Contain 'change Changed Changed Changed Unchanged Changed'
        $lines | Should -Contain 'sent 6'
        $lines | Should -Contain 'drafts 0'
        if (-not $IsWindowsHere) {
            ($run.Output -replace '\s+', ' ').Contains("Experiment 'Black Friday Countdown' (exp_sandbox_11)") | Should -BeTrue -Because $run.Output
        }
    }
}

Describe 'A preview of what is to be taken back, and of pauses that are due' {
    BeforeEach {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
    }

    It 'says of an undo what is restored already' {
        Connect-Pictify -Sandbox -LedgerPath $ledger
        $null = 'exp_sandbox_01', 'exp_sandbox_02' | Suspend-PictifyExperiment
        $operation = Get-PictifyOperation -Last
        $sandbox = (Get-PictifyConnection).Sandbox
        $unrecorded = Connect-Pictify -Sandbox $sandbox -LedgerPath off -PassThru
        $null = Resume-PictifyExperiment exp_sandbox_02 -Connection $unrecorded
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger
        $lines = @(Get-Content $ledger).Count

        $whatIf = Get-WhatIf { $operation | Undo-PictifyOperation -Reason 'Wrong' -WhatIf }

        $whatIf.Said.Errors | Should -BeNullOrEmpty
        $whatIf.Actions | Should -BeExactly @(
            "Restore 'running', before $($operation.Id), reason 'Wrong'"
            "Restore 'running', before $($operation.Id), reason 'Wrong': restored already, nothing to do"
        )
        @(Get-Content $ledger).Count | Should -Be $lines
    }

    It 'says of each pause that is due what would become of it, and records nothing' -Skip:$noClock {
        Add-SetClock
        $clock = [PictifyTests.SetClock]::new()
        $clock.Now = [datetimeoffset] '2026-11-27 16:00Z'
        $options = [Pictify.Sandbox.PictifySandboxOptions] @{ TimeProvider = $clock }
        $sandbox = [Pictify.Sandbox.PictifySandbox]::new($options)
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger

        # One after the other: they are ended in the order of the ledger.
        $null = 'exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_03', 'exp_sandbox_05', 'exp_sandbox_06' | Suspend-PictifyExperiment -For 1h -ThrottleLimit 1
        $unrecorded = Connect-Pictify -Sandbox $sandbox -LedgerPath off -PassThru
        $clock.Now = $clock.Now.AddMinutes(5)
        $null = Resume-PictifyExperiment exp_sandbox_02 -Connection $unrecorded
        $null = Get-PictifyExperiment -Uid exp_sandbox_03 -Connection $unrecorded |
            ForEach-Object { $_ | Complete-PictifyExperiment -WinnerVariantId $_.Variants[0].Id -Confirm:$false -Connection $unrecorded }
        Remove-PictifyExperiment exp_sandbox_05 -Confirm:$false -Connection $unrecorded
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger
        $clock.Now = $clock.Now.AddHours(2)
        $lines = @(Get-Content $ledger).Count
        $sent = $sandbox.ChangeRequests

        $whatIf = Get-WhatIf { Resume-PictifyExperiment -Due -Reason 'Due' -WhatIf }

        $whatIf.Said.Terminating | Should -BeNullOrEmpty
        $whatIf.Said.Output | Should -BeNullOrEmpty
        Get-ErrorId $whatIf.Said.Errors | Should -BeExactly @('ExperimentNotFound')
        $whatIf.Actions.Count | Should -Be 4
        $whatIf.Actions[0] | Should -BeExactly "Resume, reason 'Due'"
        $whatIf.Actions[1] | Should -BeExactly "Resume, reason 'Due': already running, nothing to do"
        $whatIf.Actions[2] | Should -BeLike "Resume, reason 'Due': not changed, because it is 'completed' now*"
        $whatIf.Actions[3] | Should -BeExactly "Resume, reason 'Due'"
        $whatIf.Said.Warnings | Should -BeExactly @('Resume would change 2 of 4: 1 already running, 1 would fail.')
        @(Get-Content $ledger).Count | Should -Be $lines
        $sandbox.ChangeRequests | Should -Be $sent

        # The run itself finds the same.
        $said = Invoke-Captured { Resume-PictifyExperiment -Due }
        @($said.Output.Uid) | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_06')
        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
    }
}
