#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What numbers say, as a user types and sees it: verdicts, what is taken from the pipeline, what is piped on, tables and drawings, days
# without pauses, bad input, and the sandbox's visitors. The mathematics has tests of its own in tests/Pictify.Tests.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # Counters as a hashtable: a is the control, then b and so on; each is impressions, clicks and, where it is not 5000, the weight.
    function New-Counters([object[]] $Arms) {
        $ids = 'a', 'b', 'c', 'd'
        @{
            Uid      = 'exp_counted'
            Name     = 'Counted'
            Type     = 'ab_test'
            Variants = @(for ($i = 0; $i -lt $Arms.Count; $i++) {
                    @{ Id = $ids[$i]; Impressions = $Arms[$i][0]; Clicks = $Arms[$i][1]; Weight = $(if ($Arms[$i].Count -gt 2) { $Arms[$i][2] } else { 5000 }) }
                })
        }
    }

    # A sandbox whose record is in a file: the suite turns the ledger off.
    function Connect-Recorded {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl") -PassThru
    }

    function Get-ShownLine([int] $Width = 80) {
        $input | Get-Shown $Width | ForEach-Object { $_.TrimEnd() } | Where-Object { $_ }
    }

    # The signs of the drawing, by their codes: Windows PowerShell reads this file in the system's code page.
    $dot, $cross, $from, $less, $more = [char] 0x2022, [char] 0x253C, [char] 0x251C, [char] 0x25C4, [char] 0x25BA
    $harm = (7500, 280), (7500, 170)
}

Describe 'Measure-PictifyExperiment' {
    Context 'without a connection' {
        BeforeEach {
            Disconnect-Pictify
        }

        It 'measures <What>' -ForEach @(
            @{ What = 'a hashtable'; Make = { New-Counters $harm } }
            @{ What = 'a hashtable without a type'; Make = { $c = New-Counters $harm; $c.Remove('Type'); $c } }
            @{ What = 'the enum''s name as type'; Make = { $c = New-Counters $harm; $c.Type = 'AbTest'; $c } }
            @{ What = 'an object from JSON'; Make = { New-Counters $harm | ConvertTo-Json -Depth 5 | ConvertFrom-Json } }
            @{ What = 'JSON as text'; Make = { New-Counters $harm | ConvertTo-Json -Depth 5 } }
            @{ What = 'an object made by hand'; Make = { [pscustomobject] (New-Counters $harm) } }
            @{ What = 'numbers as text'; Make = { $c = New-Counters $harm; $c.Variants[1].Clicks = '170'; $c } }
            @{ What = 'a typed experiment'; Make = {
                    [Pictify.Experiment] @{ Uid = 'exp_1'; TypeText = 'ab_test'; Variants = [Pictify.Variant[]] @(
                            [Pictify.Variant] @{ Id = 'a'; Weight = 5000; Impressions = 7500; Clicks = 280 }
                            [Pictify.Variant] @{ Id = 'b'; Weight = 5000; Impressions = 7500; Clicks = 170 })
                    }
                }
            }
            @{ What = 'what was measured before'; Make = { New-Counters $harm | Measure-PictifyExperiment } }
        ) {
            $said = Invoke-Captured { & $Make | Measure-PictifyExperiment }

            $said.Terminating | Should -BeNullOrEmpty
            $said.Errors | Should -BeNullOrEmpty
            $said.Output.Count | Should -Be 1
            "$($said.Output[0].Verdict)" | Should -Be 'Harmful'
            $said.Output[0].Variants[1].LiftHigh | Should -BeGreaterThan -0.1645595894
            $said.Output[0].Variants[1].LiftHigh | Should -BeLessThan -0.1645595893
        }

        It 'measures a deserialized experiment, and a deserialized measurement' {
            Connect-Pictify -Sandbox
            $file = Join-Path $TestDrive 'experiment.xml'
            Get-PictifyExperiment -Uid exp_sandbox_01 | Export-Clixml $file
            $kept = Join-Path $TestDrive 'measurement.xml'
            Get-PictifyExperiment -Uid exp_sandbox_01 | Measure-PictifyExperiment | Export-Clixml $kept -Depth 4
            Disconnect-Pictify

            $read = Import-Clixml $file | Measure-PictifyExperiment
            $again = Import-Clixml $kept | Measure-PictifyExperiment

            "$($read.Verdict)" | Should -Be 'Winning'
            $read.Uid | Should -Be 'exp_sandbox_01'
            $again.Variants[1].LiftLow | Should -Be $read.Variants[1].LiftLow
        }

        It 'needs a connection where it has to read: <Call>' -ForEach @(
            @{ Call = 'Measure-PictifyExperiment -Uid exp_sandbox_01' }
            @{ Call = "Measure-PictifyExperiment -Name 'Hero*'" }
            @{ Call = 'Measure-PictifyExperiment exp_sandbox_01' }
        ) {
            Get-ErrorId (Invoke-Captured ([scriptblock]::Create($Call))).Terminating | Should -Be 'NotConnected'
        }
    }

    Context 'in a sandbox' {
        BeforeEach {
            Connect-Pictify -Sandbox
        }

        It 'sends no request for what comes through the pipeline' {
            $listed = Get-PictifyExperiment
            $before = (Get-PictifyConnection).Sandbox.Requests['GET list']

            $measured = @($listed | Measure-PictifyExperiment)

            $measured.Count | Should -Be 12
            $measured.Uid | Should -Be $listed.Uid
            $requests = (Get-PictifyConnection).Sandbox.Requests
            $requests['GET list'] | Should -Be $before
            $requests.ContainsKey('GET experiment') | Should -BeFalse
            @($measured | Where-Object Verdict -EQ Winning).Count | Should -Be 3
            @($measured | Where-Object Verdict -EQ NotApplicable).Count | Should -Be 4
        }

        It 'reads first: <Call>' -ForEach @(
            @{ Call = 'Measure-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_06'; Names = 'Hero Summer Sale', 'Checkout Trust Badge' }
            @{ Call = 'Measure-PictifyExperiment exp_sandbox_06'; Names = , 'Checkout Trust Badge' }
            @{ Call = "[pscustomobject] @{ Uid = 'exp_sandbox_06' } | Measure-PictifyExperiment"; Names = , 'Checkout Trust Badge' }
            @{ Call = "@{ Uid = 'exp_sandbox_06' }, (Get-PictifyExperiment -Uid exp_sandbox_01) | Measure-PictifyExperiment"; Names = 'Checkout Trust Badge', 'Hero Summer Sale' }
            @{ Call = "Measure-PictifyExperiment -Name 'Hero S*'"; Names = 'Hero Summer Sale', 'Hero Spring Launch' }
        ) {
            $said = Invoke-Captured ([scriptblock]::Create($Call))

            $said.Errors | Should -BeNullOrEmpty
            $said.Output.Name | Should -Be $Names
        }

        It 'says where there is no such experiment' {
            Get-ErrorId (Invoke-Captured { Measure-PictifyExperiment -Uid exp_nothing }).Errors | Should -Be 'ExperimentNotFound'
            Get-ErrorId (Invoke-Captured { Measure-PictifyExperiment -Name Nothing }).Errors | Should -Be 'ExperimentNotFound'
        }

        It 'takes -Control, -Confidence, -HarmMargin, -NegligibleLift, -MinimumImpressions, -MinimumRunDays and -DesignEffect' {
            $counters = New-Counters $harm

            ($counters | Measure-PictifyExperiment -Control b -MinimumRunDays 0).ControlId | Should -Be 'b'
            "$(($counters | Measure-PictifyExperiment -Control b).Verdict)" | Should -Be 'Winning'
            ($counters | Measure-PictifyExperiment -Confidence 0.99).Confidence | Should -Be 0.99
            "$(($counters | Measure-PictifyExperiment -HarmMargin 0.17).Verdict)" | Should -Be 'Undecided'
            "$(($counters | Measure-PictifyExperiment -HarmMargin 0.17 -NegligibleLift 0.6).Verdict)" | Should -Be 'NoDifference'
            "$(($counters | Measure-PictifyExperiment -HarmMargin 0.17 -MinimumImpressions 7501).Verdict)" | Should -Be 'TooFewData'
            "$(($counters | Measure-PictifyExperiment -DesignEffect 5).Verdict)" | Should -Be 'Undecided'
            "$((Get-PictifyExperiment -Uid exp_sandbox_07 | Measure-PictifyExperiment -MinimumRunDays 2).Verdict)" | Should -Be 'Undecided'
        }

        It 'refuses a confidence of 95' {
            { New-Counters $harm | Measure-PictifyExperiment -Confidence 95 } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
        }

        It 'stops with the pipeline' {
            @(Get-PictifyExperiment | Measure-PictifyExperiment | Select-Object -First 2).Count | Should -Be 2
        }
    }

    Context 'with input that cannot be measured' {
        It 'has one clear error for it, and goes on: <What>' -ForEach @(
            @{ What = 'clicks below 0'; Id = 'NotMeasurable'; Says = "variant 'b': has clicks below 0"; Break = { $args[0].Variants[1].Clicks = -1 } }
            @{ What = 'no impressions'; Id = 'NotMeasurable'; Says = "variant 'b': has no impressions"; Break = { $args[0].Variants[1].Remove('Impressions') } }
            @{ What = 'two of one id'; Id = 'NotMeasurable'; Says = "variant 'a': is used twice"; Break = { $args[0].Variants[1].Id = 'a' } }
            @{ What = 'weights of 0'; Id = 'NotMeasurable'; Says = 'weights: sum to 0'; Break = { $args[0].Variants[0].Weight = $args[0].Variants[1].Weight = 0 } }
            @{ What = 'half a click'; Id = 'NotMeasurable'; Says = 'cannot be measured'; Break = { $args[0].Variants[1].Clicks = 1.5 } }
            @{ What = 'a text for a count'; Id = 'NotMeasurable'; Says = 'cannot be measured'; Break = { $args[0].Variants[1].Clicks = 'many' } }
            @{ What = 'variants that are none'; Id = 'NotMeasurable'; Says = 'cannot be measured'; Break = { $args[0].Variants = 'none' } }
        ) {
            $broken = New-Counters $harm
            & $Break $broken

            $said = Invoke-Captured { $broken, (New-Counters $harm) | Measure-PictifyExperiment }

            $said.Terminating | Should -BeNullOrEmpty
            Get-ErrorId $said.Errors | Should -Be @($Id)
            "$($said.Errors[0])".Contains($Says) | Should -BeTrue -Because "$($said.Errors[0])"
            $said.Errors[0].TargetObject | Should -Be $broken
            $said.Output.Count | Should -Be 1
        }

        It 'names everything that is wrong, in one error' {
            $said = Invoke-Captured { @{ Variants = @{ Id = 'a'; Clicks = -1 }, @{ Id = 'a'; Weight = 1; Impressions = 1; Clicks = 1 } } | Measure-PictifyExperiment }

            "$($said.Errors[0])" | Should -Be "It cannot be measured: variant 'a': has no weight; variant 'a': has no impressions; variant 'a': has clicks below 0; variant 'a': is used twice."
        }

        It 'says that there is no such control' {
            $said = Invoke-Captured { New-Counters $harm | Measure-PictifyExperiment -Control nobody }

            Get-ErrorId $said.Errors | Should -Be @('ControlNotFound')
            "$($said.Errors[0])" | Should -Be "Counted (exp_counted): It cannot be measured: the control 'nobody' is none of its variants (a, b)."
        }

        It 'says what to pipe: <What>' -ForEach @(
            @{ What = 'a number'; Value = 42 }
            @{ What = 'nothing'; Value = $null }
            @{ What = 'an object with neither'; Value = [pscustomobject] @{ Name = 'x' } }
        ) {
            $said = Invoke-Captured { , $Value | Measure-PictifyExperiment }

            Get-ErrorId $said.Errors | Should -Be @('InvalidInput')
            $said.Output | Should -BeNullOrEmpty
        }
    }
}

Describe 'What was measured, piped on' {
    BeforeEach {
        $null = Connect-Recorded
        $null = Step-PictifySandbox exp_sandbox_06 -Visitors 20000 -ClickRate @{ control = 0.04; 'short-headline' = 0.02 }
    }

    It 'pauses what does harm, and nothing else, with the reason on record' {
        $paused = @(Get-PictifyExperiment -Status Running | Measure-PictifyExperiment | Where-Object Verdict -EQ Harmful | Suspend-PictifyExperiment -Reason 'Guard')

        $paused.Uid | Should -Be @('exp_sandbox_06')
        @(Get-PictifyExperiment -Status Paused).Count | Should -Be 3
        (Get-PictifyOperation -Last).Reason | Should -Be 'Guard'
        (Get-PictifyOperation -Last).Entries[0].Name | Should -Be 'Checkout Trust Badge'
    }

    It 'is refused on another connection than it was read through' {
        $measured = Get-PictifyExperiment -Uid exp_sandbox_06 | Measure-PictifyExperiment
        Connect-Pictify -Sandbox

        Get-ErrorId (Invoke-Captured { $measured | Suspend-PictifyExperiment }).Errors | Should -Be 'ConnectionMismatch'
    }

    It 'completes with its leader only where -Leader asks for it' {
        $measured = Get-PictifyExperiment -Uid exp_sandbox_01 | Measure-PictifyExperiment

        $measured.LeaderId | Should -Be 'short-headline'
        ($measured | Complete-PictifyExperiment -Leader -Confirm:$false).WinnerVariantId | Should -Be 'short-headline'
        (Get-PictifyOperation -Last).Entries[0].Detail | Should -Be 'winnerVariantId=short-headline'

        $other = Get-PictifyExperiment -Uid exp_sandbox_02 | Measure-PictifyExperiment
        ($other | Complete-PictifyExperiment -WinnerVariantId control -Confirm:$false).WinnerVariantId | Should -Be 'control'
    }

    It 'completes several, each with its own leader, also from a file' {
        $file = Join-Path $TestDrive 'leaders.csv'
        Get-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_06 | Measure-PictifyExperiment | Export-Csv $file -NoTypeInformation

        $done = @(Import-Csv $file | Complete-PictifyExperiment -Leader -Confirm:$false)

        $done.WinnerVariantId | Should -Be @('short-headline', 'control')
    }

    It 'says where there is no leader, and sends nothing: <What>' -ForEach @(
        @{ What = 'not measured'; Make = { Get-PictifyExperiment -Uid exp_sandbox_01 } }
        @{ What = 'not applicable'; Make = { Get-PictifyExperiment -Uid exp_sandbox_03 | Measure-PictifyExperiment } }
    ) {
        $said = Invoke-Captured { & $Make | Complete-PictifyExperiment -Leader -Confirm:$false }

        Get-ErrorId $said.Errors | Should -Be @('NoLeader')
        (Get-PictifyConnection).Sandbox.Requests.ContainsKey('POST complete') | Should -BeFalse
    }

    It 'does not take both -Leader and -WinnerVariantId' {
        { Get-PictifyExperiment -Uid exp_sandbox_01 | Measure-PictifyExperiment | Complete-PictifyExperiment -Leader -WinnerVariantId control } |
            Should -Throw -ErrorId 'AmbiguousParameterSet*'
    }

    It 'is JSON and CSV with its numbers' {
        $measured = Get-PictifyExperiment -Uid exp_sandbox_06 | Measure-PictifyExperiment

        $json = $measured | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $json.Uid | Should -Be 'exp_sandbox_06'
        $json.Variants[1].Lift | Should -Be $measured.Variants[1].Lift
        $json.SampleRatio.AlwaysValidPValue | Should -Be 1
        $row = $measured | ConvertTo-Csv | ConvertFrom-Csv
        $row.Verdict | Should -Be 'Harmful'
        $row.ControlId | Should -Be 'control'
        $row.Advice | Should -Be $measured.Advice
    }
}

Describe 'Days of running' {
    BeforeEach {
        $null = Connect-Recorded
        $new = New-PictifyExperiment 'Paused Often' -Type AbTest -Variant @{ id = 'control'; weight = 5000 }, @{ id = 'b'; weight = 5000 }
        function Get-Days { [Math]::Round((Get-PictifyExperiment -Uid $new.Uid | Measure-PictifyExperiment).RunDays, 2) }
    }

    It 'count from the start, without the pauses that the ledger knows' {
        $null = Step-PictifySandbox -Visitors 0 -For 48h
        Get-Days | Should -Be 0
        $null = $new | Start-PictifyExperiment
        $null = $new | Step-PictifySandbox -Visitors 3000 -For 24h -ClickRate @{ control = 0.05; b = 0.05 }
        Get-Days | Should -Be 1
        $null = $new | Suspend-PictifyExperiment
        $null = Step-PictifySandbox -Visitors 0 -For 72h
        Get-Days | Should -Be 1
        $null = $new | Resume-PictifyExperiment
        $null = Step-PictifySandbox -Visitors 0 -For 60h
        Get-Days | Should -Be 3.5
        $measured = Get-PictifyExperiment -Uid $new.Uid | Measure-PictifyExperiment
        "$($measured.Verdict)" | Should -Be 'TooFewData'
        $measured.Advice | Should -BeLike 'It has run 3.5 of 7 days (3 days of pauses in the ledger not counted): wait*'
    }

    It 'say where there is no ledger' {
        $sandbox = (Get-PictifyConnection).Sandbox
        $null = $new | Start-PictifyExperiment
        $null = $new | Step-PictifySandbox -Visitors 3000 -For 24h -ClickRate @{ control = 0.05; b = 0.05 }
        Connect-Pictify -Sandbox $sandbox -LedgerPath off

        (Get-PictifyExperiment -Uid $new.Uid | Measure-PictifyExperiment).Advice | Should -BeLike 'It has run 1 of 7 days (without a ledger, so that pauses count too): wait*'
    }

    It 'are not the point where the variants were changed after the start' {
        $null = $new | Start-PictifyExperiment
        $null = $new | Step-PictifySandbox -Visitors 3000 -For 24h
        $null = $new | Suspend-PictifyExperiment
        $null = $new | Set-PictifyExperiment -Variant @{ id = 'control'; weight = 1000 }, @{ id = 'b'; weight = 9000 }
        $null = $new | Resume-PictifyExperiment

        $measured = Get-PictifyExperiment -Uid $new.Uid | Measure-PictifyExperiment

        "$($measured.Verdict)" | Should -Be 'NotApplicable'
        $measured.Advice | Should -BeLike 'The ledger records that its variants were changed on *'
    }
}

Describe 'The table of measurements' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $env:NO_COLOR = $null
        $term = $env:TERM
        $env:TERM = 'xterm'
    }

    AfterEach {
        $env:NO_COLOR = $null
        $env:TERM = $term
    }

    It 'has experiments first, and fits 80 columns' {
        $lines = @(Get-PictifyExperiment | Measure-PictifyExperiment | Get-ShownLine)

        $lines.Count | Should -Be 14
        ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 80
        $lines[0] | Should -CMatch '^Name +Verdict +Variant +Lift +-50 %   0   \+50 %$'
        $lines[2] | Should -CMatch "^Hero Summer Sale +Winning +short-headline +\+16[.,]2 % .*$from.*$dot"
        ($lines -join '').Contains([string] [char] 0x2026) | Should -BeFalse
    }

    It 'draws an interval by its ends, the lift and zero' {
        $lines = @((New-Counters $harm | Measure-PictifyExperiment).Variants | Get-ShownLine)

        $lines[0] | Should -CMatch '^Id +Impressions +Rate +Lift +-50 %   0   \+50 % Verdict$'
        $lines[2] | Should -CMatch '^a +7500 +3[.,]73 % +control$'
        $lines[3].Contains("-39$((Get-Culture).NumberFormat.NumberDecimalSeparator)3 % $less") | Should -BeTrue -Because $lines[3]
        $lines[3].TrimEnd() | Should -CMatch "$dot.* Harmful$"
    }

    It 'marks a lift that may be none, and one beyond the scale' {
        $lines = @((New-Counters (1000, 50), (1000, 65) | Measure-PictifyExperiment).Variants | Get-ShownLine)

        $lines[3].Contains("$cross") | Should -BeTrue -Because $lines[3]
        $lines[3].Contains("$more") | Should -BeTrue -Because $lines[3]
    }

    It 'is ASCII where <Name> says so' -ForEach @(
        @{ Name = 'NO_COLOR'; Value = '1' }
        @{ Name = 'TERM'; Value = 'dumb' }
    ) {
        Set-Item "env:$Name" $Value

        $text = Get-PictifyExperiment | Measure-PictifyExperiment | Out-String -Width 80

        $text | Should -Not -Match '[^\x00-\x7f]'
        $text | Should -Match '\[-o--?-?\]'
    }

    It 'has a line for each variant that is compared' {
        $lines = @(New-Counters (2000, 100, 3334), (2000, 120, 3333), (2000, 90, 3333) | Measure-PictifyExperiment | Format-Table | Get-ShownLine)

        $lines.Count | Should -Be 4
        $lines[2] | Should -CMatch '^Counted +Undecided +b +\+20[.,]0 %'
        $lines[3] | Should -CMatch '^ +c +-10[.,]0 %'
    }

    It 'shows everything with -Detailed, in 80 columns, and emits the same objects' {
        $measured = @(Get-PictifyExperiment | Measure-PictifyExperiment -Detailed)
        $lines = @($measured | Get-ShownLine)

        $measured[0] -is [Pictify.Statistics.ExperimentMeasurement] | Should -BeTrue
        ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 80
        $lines[0] | Should -CMatch '^Hero Summer Sale  exp_sandbox_01  Winning$'
        @($lines | Where-Object { $_ -cmatch '^ Variant +Impressions +Rate +of one look +Lift +at every look +Best$' }).Count | Should -Be 12
        @($lines | Where-Object { $_ -cmatch '^\*control +48210 +6[.,]49 % +6[.,]27\.\.6[.,]71 +0[.,]0 %$' }).Count | Should -Be 1
        (($lines | Select-Object -First 4) -join ' ') -replace ' +', ' ' | Should -BeLike '*16.22 % more clicks*'
    }

    It 'lets no control character out' {
        $evil = New-Counters $harm
        $evil.Name = "Evil$([char] 27)]0;owned$([char] 7)"
        $evil.Variants[1].Id = "b$([char] 27)[2J"

        $measured = $evil | Measure-PictifyExperiment
        foreach ($text in ($measured | Format-Table | Out-String), ($measured | Format-List | Out-String), ($measured.Variants | Format-Table | Out-String),
            ($measured.Variants | Format-List | Out-String), ($evil | Measure-PictifyExperiment -Detailed | Out-String), $measured.Advice, "$measured") {
            $text | Should -Not -Match "$([char] 27)(?!\[[0-9;]*m)"
            $text.Contains([string] [char] 7) | Should -BeFalse
        }
    }
}

Describe 'Step-PictifySandbox' {
    BeforeEach {
        $null = Connect-Recorded
    }

    It 'simulates visitors by weight and true rate, and advances the clock' {
        $before = Get-PictifyExperiment -Uid exp_sandbox_06
        $now = (Connect-Pictify -Sandbox (Get-PictifyConnection).Sandbox -PassThru).ConnectedAt

        $after = Step-PictifySandbox exp_sandbox_06 -Visitors 20000 -ClickRate @{ control = 0.2; 'short-headline' = 0.1 } -For 6h

        $after.Impressions - $before.Impressions | Should -Be 20000
        $shown = $after.Variants[0].Impressions - $before.Variants[0].Impressions
        $shown | Should -BeGreaterThan 9700
        $shown | Should -BeLessThan 10300
        $rate = ($after.Variants[0].Clicks - $before.Variants[0].Clicks) / $shown
        $rate | Should -BeGreaterThan 0.185
        $rate | Should -BeLessThan 0.215
        $moved = (Connect-Pictify -Sandbox (Get-PictifyConnection).Sandbox -PassThru).ConnectedAt - $now
        $moved.TotalHours | Should -BeGreaterOrEqual 6
        $moved.TotalHours | Should -BeLessThan 6.5
    }

    It 'counts the same for the same seed, and another for another' {
        function Get-Simulated([int] $Seed) {
            Connect-Pictify -Sandbox
            $null = Step-PictifySandbox -Seed $Seed
            (Step-PictifySandbox -Seed $Seed | ForEach-Object { $_.Variants } | ForEach-Object { "$($_.Impressions)/$($_.Clicks)" }) -join ' '
        }

        $first = Get-Simulated 7
        Get-Simulated 7 | Should -Be $first
        Get-Simulated 8 | Should -Not -Be $first
    }

    It 'simulates other visitors at each step' {
        $steps = @(1..4 | ForEach-Object {
                $before = (Get-PictifyExperiment -Uid exp_sandbox_01).Variants[0].Impressions
                (Step-PictifySandbox exp_sandbox_01).Variants[0].Impressions - $before
            })

        @($steps | Sort-Object -Unique).Count | Should -BeGreaterThan 1
    }

    It 'gives visitors to what runs only, and to all A/B tests by default' {
        $before = @{}
        Get-PictifyExperiment | ForEach-Object { $before[$_.Uid] = $_.Impressions }

        $after = @(Step-PictifySandbox -Visitors 10)

        $after.Count | Should -Be 8
        foreach ($experiment in $after) {
            $experiment.Impressions - $before[$experiment.Uid] | Should -Be $(if ("$($experiment.Status)" -eq 'Running') { 10 } else { 0 })
        }
    }

    It 'takes experiments from the pipeline, in one step, and nothing where nothing comes' {
        $after = @(Get-PictifyExperiment 'Hero S*' | Step-PictifySandbox)
        $after.Name | Should -Be @('Hero Summer Sale', 'Hero Spring Launch')
        Get-PictifyExperiment | Where-Object Name -EQ 'nothing' | Step-PictifySandbox | Should -BeNullOrEmpty
    }

    It 'sends no request, and records nothing' {
        $null = Step-PictifySandbox

        (Get-PictifyConnection).Sandbox.Requests.Count | Should -Be 0
        [System.IO.File]::Exists((Get-PictifyConnection).LedgerPath) | Should -BeFalse
    }

    It 'ends pauses in time' {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 2h
        Resume-PictifyExperiment -Due | Should -BeNullOrEmpty
        $null = Step-PictifySandbox -Visitors 0 -For 3h

        (Resume-PictifyExperiment -Due).Uid | Should -Be 'exp_sandbox_01'
    }

    It 'says what is wrong: <Call>' -ForEach @(
        @{ Call = 'Step-PictifySandbox exp_nothing'; Id = 'ExperimentNotFound' }
        @{ Call = 'Step-PictifySandbox -ClickRate @{ nobody = 0.1 }'; Id = 'InvalidArgument' }
        @{ Call = 'Step-PictifySandbox -ClickRate @{ control = 5 }'; Id = 'InvalidArgument' }
        @{ Call = "Step-PictifySandbox -ClickRate @{ control = 'much' }"; Id = 'InvalidArgument' }
        @{ Call = 'Step-PictifySandbox -For soon'; Id = 'InvalidArgument' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Call))

        Get-ErrorId $said.Terminating | Should -Be $Id
        $said.Output | Should -BeNullOrEmpty
    }

    It 'is refused on a connection to the service' {
        $null = Connect-Pictify -ApiKey (ConvertTo-Key $TestKey)

        Get-ErrorId (Invoke-Captured { Step-PictifySandbox }).Terminating | Should -Be 'NotASandbox'
    }
}

Describe 'Tab' {
    It 'offers variants for -Control, uids and names' {
        Connect-Pictify -Sandbox
        $null = Get-PictifyExperiment
        function Get-Tab([string] $Line) {
            ([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null)).CompletionMatches.CompletionText
        }

        Get-Tab 'Measure-PictifyExperiment -Uid exp_sandbox_01 -Control ' | Should -Be @('control', 'short-headline')
        Get-Tab 'Measure-PictifyExperiment exp_sandbox_1' | Sort-Object | Should -Be @('exp_sandbox_10', 'exp_sandbox_11', 'exp_sandbox_12')
        Get-Tab 'Measure-PictifyExperiment -Name newsl' | Should -Be @("'Newsletter Footer'")
        Get-Tab 'Step-PictifySandbox exp_sandbox_11' | Should -Be @('exp_sandbox_11')
    }
}

Describe 'guard.ps1' {
    BeforeEach {
        $connection = Connect-Recorded
        $guard = Join-Path $Samples 'guard.ps1'
        function Add-Harm([string[]] $Uid = 'exp_sandbox_06') {
            $null = Step-PictifySandbox $Uid -Visitors 20000 -ClickRate @{ control = 0.04; 'short-headline' = 0.02 }
        }
    }

    It 'ends with 0 where nothing does harm, and says nothing' {
        & $guard -Connection $connection | Should -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 0
    }

    It 'pauses what does harm, with the variant, its lift and the interval as the reason, once' {
        Add-Harm

        $said = @(& $guard -Connection $connection -Ticket OPS-9)
        $LASTEXITCODE | Should -Be 0
        $said.Count | Should -Be 1
        $said[0] | Should -BeLike "Checkout Trust Badge (exp_sandbox_06): Harmful. Variant 'short-headline' gets * fewer clicks than 'control'*"
        "$((Get-PictifyExperiment -Uid exp_sandbox_06).Status)" | Should -Be 'Paused'
        $operation = Get-PictifyOperation -Last
        $operation.Reason | Should -Match "^Guard: 'short-headline' -\d+\.\d % against 'control', from -\d+\.\d % to -\d+\.\d % with 95 % confidence$"
        $operation.Ticket | Should -Be 'OPS-9'

        & $guard -Connection $connection | Should -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 0
        @(Get-PictifyOperation).Count | Should -Be 1
    }

    It 'pauses nothing and ends with 2 under <Switch>' -ForEach @(@{ Switch = 'ReportOnly' }, @{ Switch = 'WhatIf' }) {
        Add-Harm
        $switches = @{ $Switch = $true }

        $said = @(& $guard -Connection $connection @switches)

        $LASTEXITCODE | Should -Be 2
        $said.Count | Should -Be 1
        "$((Get-PictifyExperiment -Uid exp_sandbox_06).Status)" | Should -Be 'Running'
    }

    It 'pauses none where there are more than -MaximumCount' {
        Add-Harm exp_sandbox_06, exp_sandbox_07

        { & $guard -Connection $connection -MaximumCount 1 } | Should -Throw '*2 experiments are harmful*'
        @(Get-PictifyExperiment -Status Paused).Count | Should -Be 2
    }

    It 'takes a margin' {
        Add-Harm

        & $guard -Connection $connection -HarmMargin 0.9 | Should -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 0
    }

    It 'ends with 1 where one cannot be measured, and pauses what does harm all the same' {
        $ErrorActionPreference = 'Continue'
        Add-Harm
        $connection.Sandbox.Add([Pictify.Experiment] @{ Uid = 'exp_odd'; Name = 'Odd'; TypeText = 'ab_test'; StatusText = 'running'; Variants = [Pictify.Variant[]] @(
                    [Pictify.Variant] @{ Id = 'a'; Weight = 5000 }, [Pictify.Variant] @{ Id = 'b'; Weight = 5000 })
            })

        $null = & $guard -Connection $connection 2>$null

        $LASTEXITCODE | Should -Be 1
        "$((Get-PictifyExperiment -Uid exp_sandbox_06).Status)" | Should -Be 'Paused'
    }
}

Describe 'guard-rehearsal.ps1' {
    It 'shows a harmful variant being caught, the same at each run' {
        $rehearsal = Join-Path $Samples 'guard-rehearsal.ps1'

        $first = @(& $rehearsal)
        $LASTEXITCODE | Should -Be 0
        ($first -join "`n") | Should -Match "Detected after [\d.]+ hours and \d+ impressions:"
        $first[0] | Should -BeLike "Rehearsal (*): Harmful. Variant 'bold' gets * fewer clicks than 'control'*"
        "$((Get-PictifyExperiment Rehearsal).Status)" | Should -Be 'Paused'
        $again = @(& $rehearsal)
        $again[1] | Should -Be $first[1]
    }

    It 'ends with 1 where the variant does no harm' {
        $said = @(& (Join-Path $Samples 'guard-rehearsal.ps1') -Lift 0 -Hours 3)

        $LASTEXITCODE | Should -Be 1
        $said[0] | Should -Be 'Not detected within 3 hours.'
    }
}
