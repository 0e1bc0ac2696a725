#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Pauses with an end: how -For and -Until are written, and what Resume-PictifyExperiment -Due resumes when the end has come.
# The sandbox's clock stands where a test sets it. In Windows PowerShell it cannot be set: the type of a clock is not public there.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $noClock = $PSVersionTable.PSEdition -ne 'Core'
    # The clock stands at Friday 2026-11-27 16:00 UTC.
    $ends = @(
        @{ End = '-For 2h'; Until = '2026-11-27 18:00' }
        @{ End = '-For 90m'; Until = '2026-11-27 17:30' }
        @{ End = "-For '1d 12h'"; Until = '2026-11-29 04:00' }
        @{ End = '-For 1.5h'; Until = '2026-11-27 17:30' }
        @{ End = '-For 00:30:00'; Until = '2026-11-27 16:30' }
        @{ End = '-For ([timespan]::FromDays(3))'; Until = '2026-11-30 16:00' }
        @{ End = '-For 24:00:00'; Until = '2026-11-28 16:00' }
        @{ End = '-For 90:00'; Until = '2026-12-01 10:00' }
        @{ End = '-For 1.12:00:00'; Until = '2026-11-29 04:00' }
        @{ End = '-For 1d'; Until = '2026-11-28 16:00' }
        @{ End = '-For 1D'; Until = '2026-11-28 16:00' }
        @{ End = '-For 180s'; Until = '2026-11-27 16:03' }
        @{ End = '-For 60s'; Until = '2026-11-27 16:01' }
        @{ End = '-For (New-TimeSpan -Hours 30)'; Until = '2026-11-28 22:00' }
        @{ End = "-Until '11/28/2026 12:00'"; Until = '2026-11-28 12:00' }
        @{ End = "-Until '12/11/2026'"; Until = '2026-12-11 00:00' }
        @{ End = "-Until '28 Nov 2026 12:00'"; Until = '2026-11-28 12:00' }
        @{ End = "-Until '2026-12-24 12:00:30'"; Until = '2026-12-24 12:00' }
        @{ End = "-Until 'Monday 08:00'"; Until = '2026-11-30 08:00' }
        @{ End = "-Until 'mon 8am'"; Until = '2026-11-30 08:00' }
        @{ End = "-Until 'Friday 18:00'"; Until = '2026-11-27 18:00' }
        @{ End = "-Until 'Friday 08:00'"; Until = '2026-12-04 08:00' }
        @{ End = '-Until Monday'; Until = '2026-11-30 00:00' }
        @{ End = '-Until 18:00'; Until = '2026-11-27 18:00' }
        @{ End = '-Until 08:30'; Until = '2026-11-28 08:30' }
        @{ End = "-Until 'tomorrow 08:00'"; Until = '2026-11-28 08:00' }
        @{ End = '-Until 2026-12-24'; Until = '2026-12-24 00:00' }
        @{ End = "-Until '2026-12-24 12:00'"; Until = '2026-12-24 12:00' }
        @{ End = "-Until '2026-12-24T12:00:00+02:00'"; Until = '2026-12-24 10:00' }
        @{ End = "-Until ([datetime]'2026-12-24 12:00')"; Until = '2026-12-24 12:00' }
        @{ End = "-Until ([datetimeoffset]'2026-12-24 12:00Z')"; Until = '2026-12-24 12:00' }
    )
    $noEnds = @(
        '-For 2'
        '-For 1.5'
        '-For ''90'''
        '-For 00:90:00'
        '-For 1:2:3:4'
        '-Until 12.30'
        "-Until '12.30'"
        "-Until '30.12.2026'"
        "-Until '12/24'"
        '-Until 9999-12-31'
        "-Until '9999-12-31 23:59:59'"
        '-Until ([datetime]::MaxValue)'
        '-Until ([datetimeoffset]::MaxValue)'
        '-For 0h'
        '-For 2years'
        '-For -2h'
        '-For 400d'
        "-Until 'today 08:00'"
        '-Until someday'
        "-Until '2026-11-26'"
        '-Until 2030-01-01'
        '-Until 25:00'
        '-For 2h -Until 18:00'
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
    Add-SetClock

    function Get-Status {
        Get-PictifyExperiment | ForEach-Object { "$($_.Status)" }
    }

    # Runs a sample in this session; it must end with 0.
    function Invoke-Sample([string] $Name, $Connection) {
        & (Join-Path $Samples $Name) -Connection $Connection
        $LASTEXITCODE | Should -Be 0
    }
}

Describe 'Pauses with an end' -Skip:$noClock {
    BeforeEach {
        $clock = [PictifyTests.SetClock]::new()
        $clock.Now = [datetimeoffset]::new(2026, 11, 27, 16, 0, 0, [timespan]::Zero)
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        $sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ TimeProvider = $clock })
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger
    }

    It 'end at <Until> with <End>' -ForEach $ends {
        $said = Invoke-Captured ([scriptblock]::Create("Suspend-PictifyExperiment exp_sandbox_01 $End"))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $recorded = @(Get-PictifyOperation)
        $recorded.Count | Should -Be 1
        $recorded[0].Until.ToUniversalTime().ToString('yyyy-MM-dd HH:mm', [cultureinfo]::InvariantCulture) | Should -BeExactly $Until
    }

    It 'end at <Until> with <End> in every culture' -ForEach @(
        @{ End = "-Until '2026-12-24 12:00'"; Until = '2026-12-24 12:00' }
        @{ End = '-Until 2026-12-24T12:00:00Z'; Until = '2026-12-24 12:00' }
        @{ End = "-Until '12/11/2026'"; Until = '2026-12-11 00:00' }
        @{ End = '-Until 18:00'; Until = '2026-11-27 18:00' }
        @{ End = '-For 24:00:00'; Until = '2026-11-28 16:00' }
        @{ End = '-For 1.5h'; Until = '2026-11-27 17:30' }
    ) {
        $before = [cultureinfo]::CurrentCulture
        try {
            foreach ($culture in 'th-TH', 'fa-IR', 'de-DE', 'tr-TR', 'ar-SA', 'en-GB', 'fi-FI') {
                [cultureinfo]::CurrentCulture = $culture
                $said = Invoke-Captured ([scriptblock]::Create("Suspend-PictifyExperiment exp_sandbox_01 $End -Verbose"))

                $said.Terminating | Should -BeNullOrEmpty -Because $culture
                (Get-PictifyOperation -Last).Until.ToUniversalTime().ToString('yyyy-MM-dd HH:mm', [cultureinfo]::InvariantCulture) | Should -Be $Until -Because $culture
                @($said.Verbose -like 'The pause ends at 2026-*').Count | Should -Be 1 -Because $culture
            }
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }

    It 'read a date as -Since of Get-PictifyOperation does: <_>' -ForEach '12/11/2026', '2026-12-11', '2026-12-11 00:00' {
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            $null = Suspend-PictifyExperiment exp_sandbox_01 -Until $_
            $clock.Now = (Get-PictifyOperation -Last).Until
            $null = Suspend-PictifyExperiment exp_sandbox_02

            @(Get-PictifyOperation -Since ([datetimeoffset]::new(([datetime] $_), [timespan]::Zero))).Count | Should -Be 1
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }

    It 'say why a number is no duration' {
        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 -For 90 }

        "$($said.Terminating)" | Should -BeLike '*number without a unit*90m*90h*90d*'
    }

    It 'are refused, and nothing is sent, with <_>' -ForEach $noEnds {
        $said = Invoke-Captured ([scriptblock]::Create("Suspend-PictifyExperiment exp_sandbox_01 $_"))

        Get-ErrorId $said.Terminating | Should -BeExactly 'InvalidArgument'
        Test-Path $ledger | Should -BeFalse
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'end on Monday after the sample friday-freeze.ps1, and leave alone what somebody touched' {
        $before = Get-Status
        $connection = Get-PictifyConnection

        $said = @(Invoke-Sample friday-freeze.ps1 $connection)

        $said.Count | Should -Be 9
        "$($said[-1])".StartsWith('Paused until') | Should -BeTrue -Because "$($said[-1])"
        Get-Status | Should -Not -Contain 'Running'
        (Get-PictifyOperation -Last -Connection $connection).Reason | Should -BeExactly 'Friday freeze'
        $null = Resume-PictifyExperiment exp_sandbox_01
        $null = Suspend-PictifyExperiment exp_sandbox_01
        $null = Complete-PictifyExperiment exp_sandbox_02 control -Confirm:$false
        $size = [System.IO.FileInfo]::new($ledger).Length

        # The whole weekend nothing happens, and nothing is written.
        foreach ($time in 1..5) {
            $clock.Now = $clock.Now.AddHours(12)
            Invoke-Sample resume-due.ps1 $connection | Should -BeNullOrEmpty
        }

        [System.IO.FileInfo]::new($ledger).Length | Should -Be $size
        Get-Status | Should -Not -Contain 'Running'
        $clock.Now = $clock.Now.AddHours(4)

        @(Invoke-Sample resume-due.ps1 $connection).Count | Should -Be 6
        Invoke-Sample resume-due.ps1 $connection | Should -BeNullOrEmpty

        $after = @(Get-Status)
        $after[0] | Should -BeExactly 'Paused'
        $after[1] | Should -BeExactly 'Completed'
        $after[2..($after.Count - 1)] | Should -BeExactly $before[2..($before.Count - 1)]
    }

    It 'of what is gone are one error, and not one a minute' {
        $null = 'exp_sandbox_01', 'exp_sandbox_03' | Suspend-PictifyExperiment -For 1h
        $unrecorded = Connect-Pictify -Sandbox $sandbox -LedgerPath off -PassThru
        Remove-PictifyExperiment exp_sandbox_03 -Confirm:$false -Connection $unrecorded
        Connect-Pictify -Sandbox $sandbox -LedgerPath $ledger
        $clock.Now = $clock.Now.AddHours(1)

        $first = Invoke-Captured {
            Resume-PictifyExperiment -Due -WhatIf
            Resume-PictifyExperiment -Due
        }

        $first.Terminating | Should -BeNullOrEmpty
        @($first.Output.Uid) | Should -BeExactly @('exp_sandbox_01')

        # -WhatIf reads, and finds the same; it records nothing, so that the run itself says it too.
        Get-ErrorId $first.Errors | Should -BeExactly @('ExperimentNotFound', 'ExperimentNotFound')
        $second = Invoke-Captured { Resume-PictifyExperiment -Due }
        $second.Terminating | Should -BeNullOrEmpty
        $second.Output | Should -BeNullOrEmpty
        $second.Errors | Should -BeNullOrEmpty
    }

    It 'end as the last one that was given says, and what was paused before without an end stays paused' {
        $null = 'exp_sandbox_01', 'exp_sandbox_03' | Suspend-PictifyExperiment -For 1h
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 5h
        $null = Suspend-PictifyExperiment exp_sandbox_04 -For 1h
        $clock.Now = $clock.Now.AddHours(2)
        @((Resume-PictifyExperiment -Due).Uid) | Should -BeExactly @('exp_sandbox_03')
        $clock.Now = $clock.Now.AddHours(4)

        @((Resume-PictifyExperiment -Due).Uid) | Should -BeExactly @('exp_sandbox_01')

        "$((Get-PictifyExperiment -Uid exp_sandbox_04).Status)" | Should -BeExactly 'Paused'
    }
}
