#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Get-PictifyPause: what is paused now, joined with the ledger. The sandbox's clock stands where a test sets it; in Windows PowerShell
# it cannot be set: the type of a clock is not public there.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $noClock = $PSVersionTable.PSEdition -ne 'Core'
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    Add-SetClock
}

Describe 'Get-PictifyPause' -Skip:$noClock {
    BeforeEach {
        $clock = [PictifyTests.SetClock]::new()
        $clock.Now = [datetimeoffset]::new(2026, 11, 27, 16, 0, 0, [timespan]::Zero)
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        $sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ TimeProvider = $clock })
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger

        # The same experiments, and no record: somebody in a dashboard.
        $somebody = Connect-Pictify -Sandbox $sandbox -LedgerPath off -PassThru
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger
    }

    It 'says of a pause of ours who, since when, why and until when' {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 2h -Reason 'Incident 7' -Ticket OPS-7
        $operation = (Get-PictifyOperation -Last)
        $clock.Now = $clock.Now.AddHours(1)

        $pause = @(Get-PictifyPause -Uid exp_sandbox_01)

        $pause.Count | Should -Be 1
        $pause = $pause[0]
        $pause | Should -BeOfType ([Pictify.Operations.PictifyPause])
        $pause.Name | Should -BeExactly 'Hero Summer Sale'
        $pause.IsOurs | Should -BeTrue
        $pause.User | Should -BeExactly $operation.User
        $pause.Host | Should -BeExactly $operation.Host
        $pause.Command | Should -BeExactly 'Suspend-PictifyExperiment'
        $pause.Reason | Should -BeExactly 'Incident 7'
        $pause.Ticket | Should -BeExactly 'OPS-7'
        $pause.OperationId | Should -BeExactly $operation.Id
        $pause.Since | Should -BeOfType ([datetime])
        $pause.Since.ToUniversalTime().ToString('s') | Should -BeExactly '2026-11-27T16:00:00'
        $pause.Until.ToUniversalTime().ToString('s') | Should -BeExactly '2026-11-27T18:00:00'
        $pause.IsDue | Should -BeFalse
        $pause.IsOverdue | Should -BeFalse
        $pause.Note | Should -BeNullOrEmpty
    }

    It 'lists what others paused too, and knows only since when' {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -Connection $somebody

        $pauses = @(Get-PictifyPause)

        $pauses.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_04', 'exp_sandbox_10')
        $pauses.IsOurs | Should -BeExactly @($false, $false, $false)
        $pauses[0].Since.ToUniversalTime().ToString('s') | Should -BeExactly '2026-11-27T16:00:00'
        $pauses[0].User | Should -BeNullOrEmpty
        $pauses[0].Until | Should -BeNullOrEmpty
    }

    It 'knows the end that holds: of two the last one, and none of a pause that somebody changed' {
        $null = 'exp_sandbox_01', 'exp_sandbox_03' | Suspend-PictifyExperiment -For 1h
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 5h
        $clock.Now = $clock.Now.AddMinutes(5)
        $null = Set-PictifyExperiment -Uid exp_sandbox_03 -Hypothesis 'Another' -Connection $somebody

        $first, $second = Get-PictifyPause -Uid exp_sandbox_01, exp_sandbox_03

        $first.Until.ToUniversalTime().ToString('s') | Should -BeExactly '2026-11-27T21:00:00'
        $second.IsOurs | Should -BeFalse
        $second.Until | Should -BeNullOrEmpty
        $second.Note | Should -BeLike '*somebody else changed it since*'
    }

    It 'shows as due exactly what Resume-PictifyExperiment -Due resumes, and as overdue what it should have resumed long ago' {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 1h
        $null = Suspend-PictifyExperiment exp_sandbox_02 -For 70m
        $null = Suspend-PictifyExperiment exp_sandbox_03 -For 10h
        $null = Suspend-PictifyExperiment exp_sandbox_05
        $clock.Now = $clock.Now.AddMinutes(75)

        $lines = [System.IO.File]::ReadAllText($ledger)
        $due = @(Get-PictifyPause -Due)
        $due.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02')
        (Get-PictifyPause -Overdue).Uid | Should -BeExactly @('exp_sandbox_01')
        [System.IO.File]::ReadAllText($ledger) | Should -BeExactly $lines -Because 'reading writes nothing'

        @((Resume-PictifyExperiment -Due).Uid) | Should -BeExactly $due.Uid
        Get-PictifyPause -Due | Should -BeNullOrEmpty
    }

    It 'filters by how long they last, by name and by slug' {
        $null = Suspend-PictifyExperiment exp_sandbox_01
        $clock.Now = $clock.Now.AddDays(10)
        $null = Suspend-PictifyExperiment exp_sandbox_02

        (Get-PictifyPause 'Hero Su*', 'Hero Ho*' -OlderThan 7d).Uid | Should -BeExactly @('exp_sandbox_01')
        (Get-PictifyPause 'Hero*').Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02', 'exp_sandbox_04')
        (Get-PictifyPause -Slug hero-summer-sale).Uid | Should -BeExactly @('exp_sandbox_01')
    }

    It 'refuses a duration without a unit' {
        Get-ErrorId (Invoke-Captured { Get-PictifyPause -OlderThan 90 }).Terminating | Should -BeExactly 'InvalidArgument'
    }

    It 'pipes into Resume-PictifyExperiment' {
        $null = Suspend-PictifyExperiment exp_sandbox_01, exp_sandbox_02

        $resumed = @(Get-PictifyPause | Where-Object IsOurs | Resume-PictifyExperiment)

        $resumed.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02')
        $resumed.Status | Should -BeExactly @('Running', 'Running')
    }

    It 'pipes into Resume-PictifyExperiment after Export-Clixml too' {
        $null = Suspend-PictifyExperiment exp_sandbox_01
        $file = Join-Path $TestDrive 'pauses.xml'
        Get-PictifyPause | Where-Object IsOurs | Export-Clixml $file

        @((Import-Clixml $file | Resume-PictifyExperiment).Uid) | Should -BeExactly @('exp_sandbox_01')
    }

    It 'is refused by Resume-PictifyExperiment on another connection' {
        $pause = Get-PictifyPause -Uid exp_sandbox_04
        Connect-Pictify -Sandbox

        Get-ErrorId (Invoke-Captured { $pause | Resume-PictifyExperiment }).Errors | Should -BeExactly @('ConnectionMismatch')
    }

    It 'shows how each stands in 80 columns' {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 1h -Reason 'Incident 7, which nobody likes'
        $null = Suspend-PictifyExperiment exp_sandbox_02
        $clock.Now = $clock.Now.AddHours(2)

        $lines = @(Get-PictifyPause | Get-Shown | ForEach-Object { $_.TrimEnd() } | Where-Object { $_ })

        ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 80
        ($lines -join '').Contains([string] [char] 0x2026) | Should -BeFalse
        $lines[0] | Should -MatchExactly '^Name +Since +By +Until +State +Reason$'
        $lines[2] | Should -MatchExactly '^Hero Summer Sale +[0-9: -]+ \S+ +[0-9: -]+ overdue +Incident 7,$'
        $lines[3].Trim() | Should -BeExactly 'which nobody' -Because 'no word is broken'
        @($lines | Where-Object { $_ -match ' no end' }).Count | Should -Be 1
        @($lines | Where-Object { $_ -match ' not ours' }).Count | Should -Be 2
    }
}

Describe 'Get-PictifyPause in any PowerShell' {
    BeforeEach {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")
    }

    It 'gives nothing for one that is not paused, and an error for a name that no paused one has' {
        Get-PictifyPause -Uid exp_sandbox_01 -ErrorAction Stop | Should -BeNullOrEmpty
        @(Get-PictifyExperiment | Get-PictifyPause -ErrorAction Stop).Count | Should -Be @(Get-PictifyExperiment -Status Paused).Count

        $said = Invoke-Captured { Get-PictifyPause 'Hero Summer Sale' }
        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
        $said.Output | Should -BeNullOrEmpty
    }

    It 'needs the ledger' {
        Connect-Pictify -Sandbox -LedgerPath off

        Get-ErrorId (Invoke-Captured { Get-PictifyPause }).Terminating | Should -BeExactly 'LedgerOff'
    }

    It 'sends one request for the list, and changes nothing' {
        $sandbox = (Get-PictifyConnection).Sandbox
        $null = Get-PictifyPause

        $sandbox.ChangeRequests | Should -Be 0
        $sandbox.Requests['GET list'] | Should -Be 1
    }
}
