#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Names, reasons, tickets, uids, slugs, ids and headers of one hostile corpus, through every command that takes or gives them:
# what comes back, what Tab makes of it, what is shown, what errors say, and what the ledger keeps.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSAvoidGlobalVars', '', Justification = 'What the corpus would set, if it were run.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    # Each takes $text and must refuse it, or take it; an error says why in bounded words that can be shown.
    $takers = @(
        'Suspend-PictifyExperiment -Uid $text'
        '$text | Suspend-PictifyExperiment'
        'Suspend-PictifyExperiment -Name $text -WhatIf'
        'Get-PictifyExperiment -Uid $text'
        'Get-PictifyExperiment -Name $text'
        'Get-PictifyExperiment -Slug $text'
        'Measure-PictifyExperiment $text'
        'Measure-PictifyExperiment -Uid exp_sandbox_01 -Control $text'
        'Wait-PictifyExperiment $text -Status Paused -TimeoutSec 1'
        'Remove-PictifyExperiment $text -Confirm:$false'
        'Copy-PictifyExperiment exp_sandbox_01 -NewSlug $text'
        'Copy-PictifyExperiment exp_sandbox_01 -NewSlug copied -NewName $text -WhatIf'
        'Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId $text -WhatIf'
        'Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId $text -Confirm:$false'
        'Set-PictifyExperiment exp_sandbox_11 -NewSlug $text'
        'Set-PictifyExperiment exp_sandbox_11 -Hypothesis $text'
        'Set-PictifyExperiment exp_sandbox_11 -DestinationUrl $text'
        'Set-PictifyExperiment exp_sandbox_11 -FallbackImageUrl $text'
        'New-PictifyVariant $text 5000'
        'New-PictifyExperiment $text -Slug $text -Type AbTest -Variant @{ id = $text; weight = 5000 }, @{ id = $text; weight = 5000 }'
        'Send-PictifyEvent view $text'
        'Send-PictifyEvent view hero-summer-sale -VariantId $text -Referrer $text -Metadata @{ $text = $text }'
        '@{ event = $text; experiment = $text; device = $text } | Send-PictifyEvent'
        'Save-PictifyExperimentImage $text -Path $TestDrive'
        'Save-PictifyExperimentImage hero-summer-sale -Path (Join-Path $TestDrive "x$($text -replace ''[/\\.:]'')/")'
        'Invoke-PictifyApi $text'
        'Invoke-PictifyApi experiments/api -Method Post -Body @{ $text = $text } -Reason $text -Ticket $text'
        'Invoke-PictifyApi experiments/api -Method Post -Body $text'
        'Get-PictifyOperation -Id $text'
        'Get-PictifyOperation -Uid $text -Reason $text'
        'Undo-PictifyOperation $text'
        'Update-PictifyOperation $text'
        'Get-PictifyPause -Name $text'
        'Get-PictifyPause -Slug $text'
        'Get-PictifyPause -Uid $text'
        'Suspend-PictifyExperiment exp_sandbox_02 -For $text'
        'Suspend-PictifyExperiment exp_sandbox_02 -Until $text'
        'Test-PictifyLedger -LedgerPath $text'
        'Get-PictifyDueJob -Name $text'
        'Unregister-PictifyDueJob $text -WhatIf'
        'Step-PictifySandbox $text -Visitors 1'
        'Step-PictifySandbox -For $text'
        'Connect-Pictify -ApiKey (ConvertTo-Key "pk_test_1$text") -BaseUri http://127.0.0.1:9 -PassThru'
        'Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri $text -PassThru'
    ) | ForEach-Object { @{ Script = $_ } }
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    . $PSScriptRoot/HostileTexts.ps1
    $ErrorActionPreference = 'Stop'

    # One experiment for each text, whose name, slug, variant and variables are the text; all of it is made once.
    $ledger = Join-Path $TestDrive 'hostile.jsonl'
    Connect-Pictify -Sandbox -LedgerPath $ledger
    $connection = Get-PictifyConnection
    $number = 0
    $uids = @{}
    foreach ($kind in $HostileTexts.Keys) {
        $text = $HostileTexts[$kind]
        $variant = [Pictify.Variant]::new()
        $variant.Id = $variant.Name = $text
        $other = [Pictify.Variant]::new()
        $other.Id = 'b'
        $variant.Weight = $other.Weight = 5000
        $variant.Impressions = $other.Impressions = 2000
        $variant.Clicks = $other.Clicks = 200
        $experiment = [Pictify.Experiment]::new()
        $uids[$kind] = $experiment.Uid = "exp_sandbox_h$((++$number))"
        $experiment.Name = $experiment.Slug = $experiment.Hypothesis = $text
        $experiment.StatusText = 'running'
        $experiment.TypeText = 'ab_test'
        $experiment.TemplateUid = $text
        $experiment.Variants = [Pictify.Variant[]] @($variant, $other)
        $connection.Sandbox.Add($experiment)
    }

    # Half of a character is no text in UTF-8, which JSON and the ledger are.
    function ConvertTo-Whole([string] $Text) {
        [System.Text.Encoding]::UTF8.GetString([System.Text.Encoding]::UTF8.GetBytes($Text))
    }

    $hostile = @(Get-PictifyExperiment | Where-Object Uid -Like 'exp_sandbox_h*')
    $isColoured = $PSStyle -and $PSStyle.OutputRendering
    if ($isColoured) {
        # As at a terminal: else PowerShell takes the sequences out by itself.
        $rendering = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'Ansi'
    }

    # One of each danger, for what is done by each of many commands; -Name and the views have them all.
    $representative = @($HostileMegabyte) + @('turned quotes', 'every quote', 'a subexpression', 'a line break', 'an open bracket',
        'wildcards', 'an escape sequence', 'C1', 'NUL', 'right to left', 'tags', 'high half', 'a parameter', 'JSON', 'a format item', 'a path', 'a header',
        'a blank', 'long' | ForEach-Object { $HostileTexts[$_] })

    function Get-Errors($Said) {
        @($Said.Errors) + @($Said.Terminating | Where-Object { $_ })
    }
}

AfterAll {
    if ($isColoured) {
        $PSStyle.OutputRendering = $rendering
    }
}

Describe 'A hostile name' {
    BeforeEach {
        $global:Pwned = $null
    }

    AfterEach {
        $global:Pwned | Should -BeNullOrEmpty
    }

    It 'arrives as it is' {
        $hostile.Count | Should -Be $HostileTexts.Count
        foreach ($experiment in $hostile) {
            $kind = @($uids.Keys | Where-Object { $uids[$_] -eq $experiment.Uid })[0]
            $whole = ConvertTo-Whole $HostileTexts[$kind]
            $experiment.Name, $experiment.Slug, $experiment.Variants[0].Id | ForEach-Object { $_ | Should -BeExactly $whole -Because $kind }
        }
    }

    It 'is completed to text that means exactly it, and runs nothing: <Line>' -ForEach @(
        @{ Line = 'Get-PictifyExperiment -Name '; Property = 'Name' }
        @{ Line = 'Get-PictifyExperiment -Slug '; Property = 'Slug' }
        @{ Line = 'Suspend-PictifyExperiment -Slug '; Property = $null }
        @{ Line = 'Suspend-PictifyExperiment -Name '; Property = $null }
        @{ Line = 'Complete-PictifyExperiment -WinnerVariantId '; Property = $null }
        @{ Line = 'Send-PictifyEvent view '; Property = $null }
        @{ Line = 'Save-PictifyExperimentImage '; Property = $null }
        @{ Line = 'Measure-PictifyExperiment -Control '; Property = $null }
    ) {
        $matched = @{}
        $offered = [System.Management.Automation.CommandCompletion]::CompleteInput("$Line'", $Line.Length + 1, $null).CompletionMatches
        foreach ($completion in $offered) {
            $text = $completion.CompletionText
            $completion.ListItemText, $completion.ToolTip | ForEach-Object {
                $_.Length | Should -BeLessOrEqual 301
                Test-Unsafe $_ | Should -BeFalse
            }

            Test-Unsafe $text | Should -BeFalse -Because $text
            $errors = $null
            $parsed = [System.Management.Automation.Language.Parser]::ParseInput("$Line$text", [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty -Because $text
            $last = @($parsed.EndBlock.Statements[0].PipelineElements[0].CommandElements)[-1]
            $last.GetType().Name | Should -BeIn 'StringConstantExpressionAst', 'ExpandableStringExpressionAst'
            $parsed.EndBlock.Statements.Count, $parsed.EndBlock.Statements[0].PipelineElements.Count | Should -Be @(1, 1)
            $meant = & ([scriptblock]::Create(($text -replace '^([^"''].*)$', "'`$1'")))
            $matched[$meant] = $true
            if ($Property) {
                $found = @(& ([scriptblock]::Create("$Line$text")))
                $found.Count | Should -Be 1 -Because "$Line$text"
                $matched[$found[0].$Property] = $true
            }
        }

        foreach ($text in $HostileTexts.Values) {
            $whole = ConvertTo-Whole $text
            $matched.ContainsKey($whole) -or $matched.ContainsKey([System.Management.Automation.WildcardPattern]::Escape($whole)) -or
            $matched.ContainsKey(($whole -replace '([*?\[\]`])', '`$1')) | Should -BeTrue -Because $whole
        }
    }

    It 'is shown safely and in bounded length by <View>' -ForEach @(
        @{ View = 'Format-Table'; Script = { $hostile | Format-Table } }
        @{ View = 'Format-List'; Script = { $hostile | Format-List } }
        @{ View = 'Format-Wide'; Script = { $hostile | Format-Wide } }
        @{ View = 'the table of variants'; Script = { $hostile.Variants | Format-Table } }
        @{ View = 'the list of variants'; Script = { $hostile.Variants | Format-List } }
        @{ View = 'the table of measurements'; Script = { $hostile | Measure-PictifyExperiment -WarningAction SilentlyContinue | Format-Table } }
        @{ View = 'measurements in detail'; Script = { $hostile | Measure-PictifyExperiment -Detailed -WarningAction SilentlyContinue } }
        @{ View = 'the list of measurements'; Script = { $hostile | Measure-PictifyExperiment -WarningAction SilentlyContinue | Format-List } }
    ) {
        $shown = (& $Script) | Out-String -Width 120

        $shown | Should -Match 'beta'
        Test-Unsafe $shown | Should -BeFalse
        $shown.Length | Should -BeLessThan 500000
    }
}

Describe 'A name that no entry of a ledger takes' {
    It 'does not keep its experiment from being changed, nor the change from being recorded' {
        $said = Invoke-Captured { $hostile | Where-Object Uid -EQ $uids['long'] | Suspend-PictifyExperiment -Connection $connection | Resume-PictifyExperiment -Connection $connection }

        Get-Errors $said | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        $entries = @((Get-PictifyOperation -Uid $uids['long']).Entries)
        $entries.Count | Should -Be 2
        $entries | ForEach-Object { "$($_.Outcome)" | Should -Be 'Changed'; $_.Name.Length | Should -Be 4001 }
    }
}

Describe 'A change of hostile names with hostile reasons' {
    BeforeAll {
        $global:Pwned = $null
        $short = @($HostileTexts.Keys | Where-Object { $HostileTexts[$_].Length -lt 32768 })
        $expected = 0
        foreach ($kind in $short) {
            $text = $HostileTexts[$kind]
            $null = Suspend-PictifyExperiment $uids[$kind] -Reason $text -Ticket $text -WarningAction SilentlyContinue
            $expected++
        }

        $paused = @(Get-PictifyPause)
        $said = Invoke-Captured { Get-PictifyExperiment -Status Paused | Where-Object Uid -Like 'exp_sandbox_h*' | Resume-PictifyExperiment -Reason 'all' }
        $expected += $short.Count
        $long = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 -Reason $HostileMegabyte }
        $operations = @(Get-PictifyOperation | Where-Object { $_.Entries[0].Uid -ne $uids['long'] })
    }

    It 'does what it is to do' {
        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be $short.Count
        $global:Pwned | Should -BeNullOrEmpty
    }

    It 'is one line an entry in the ledger, which verifies and reads back the same' {
        (Test-PictifyLedger -LedgerPath $ledger).IsValid | Should -BeTrue
        $lines = @([System.IO.File]::ReadAllLines($ledger))
        @($lines | Where-Object { $_ -notmatch '^\{.*\}$' }).Count | Should -Be 0
        @($lines | Where-Object { $_ -match '[\x00-\x1f\x7f\u2028\u2029]' }).Count | Should -Be 0
        $entries = @($operations.Entries)
        $entries.Count | Should -Be $expected
        @($entries | Where-Object { "$($_.Outcome)" -ne 'Changed' }).Count | Should -Be 0
        foreach ($kind in $short) {
            $whole = ConvertTo-Whole $HostileTexts[$kind]
            $operation = @($operations | Where-Object { $_.Entries.Count -eq 1 -and $_.Entries[0].Uid -eq $uids[$kind] })
            $operation.Count | Should -Be 1
            $given = if ($whole.Trim()) { $whole } else { $operation[0].Reason }
            $operation[0].Reason | Should -BeExactly $given -Because $kind
            $operation[0].Entries[0].Slug, $operation[0].Entries[0].Name | Where-Object { $_ } | ForEach-Object { $_ | Should -BeExactly $whole }
        }
    }

    It 'has no more of a reason than an entry takes' {
        Get-ErrorId (Get-Errors $long) | Should -BeExactly @('InvalidArgument')
        "$(Get-Errors $long)".Length | Should -BeLessThan 1000
    }

    It 'is shown safely: <_>' -ForEach @(
        { $operations | Format-Table }
        { $operations | Format-List }
        { $operations.Entries | Format-Table }
        { $operations.Entries | Format-List }
        { $paused | Format-Table }
        { $paused | Format-List }
    ) {
        $shown = (& $_) | Out-String -Width 120

        $shown.Length | Should -BeGreaterThan 1000
        Test-Unsafe $shown | Should -BeFalse
    }
}

Describe 'A hostile text for <Script>' -ForEach $takers {
    It 'is taken, or refused in bounded words that can be shown, and runs nothing' {
        $global:Pwned = $null
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive 'takers.jsonl')
        $null = Suspend-PictifyExperiment exp_sandbox_02 -For 1h
        $block = [scriptblock]::Create($Script)
        foreach ($text in $representative) {
            $said = Invoke-Captured { & $block 3>&1 }

            foreach ($record in Get-Errors $said) {
                $id = Get-ErrorId $record
                $id | Should -Not -BeIn 'UnexpectedError', 'OutcomeUnknown' -Because "$record"
                if ($id -notmatch '^(Parameter|CannotConvert)') {
                    # PowerShell's own refusals repeat what was given.
                    "$record".Length | Should -BeLessOrEqual 4001
                    "$($record.Exception.Message)".Length | Should -BeLessOrEqual 4001
                    Test-Unsafe "$record$($record.Exception.Message)$($record.Exception.InnerException.Message)" | Should -BeFalse -Because "$record"
                }
            }

            foreach ($warning in $said.Warnings) {
                Test-Unsafe $warning | Should -BeFalse -Because $warning
            }
        }

        $global:Pwned | Should -BeNullOrEmpty
        [System.IO.Directory]::GetCurrentDirectory() | Should -Exist
    }
}

Describe 'A hostile answer over HTTP' {
    BeforeAll {
        # In JSON, half of a character may stand as its escape, which no reader of texts takes.
        $server = Start-RawServer {
            param($Request)
            $half = 'half \ud83d\u202e\u001b]0;x\u0007'
            if ($Request.Path -like '*exp_400*') { 400, "{`"detail`":`"$half`",`"code`":`"\udc00`",`"errors`":[{`"field`":`"\ud800`",`"message`":`"$half`"},`"$half`"]}" }
            elseif ($Request.Path -like '*exp_401*') { 409, "{`"na\ud83dme`":1,`"\ud83dcode`":`"x`",`"message`":`"$half`"}" }
            elseif ($Request.Path -like '*events*') { "{`"ok`":true,`"processed`":0,`"warning`":`"$half`",`"errors`":[{`"index`":0,`"error`":`"$half`"}]}" }
            elseif ($Request.Path -like '*exp_1*') { "{`"experiment`":{`"uid`":`"exp_1`",`"name`":`"$half`",`"status`":`"paused`",`"na\ud83dme`":`"$half`"}}" }
            else { "{`"experiments`":[{`"uid`":`"exp_1`",`"name`":`"$half`",`"slug`":`"$half`",`"status`":`"running`",`"variants`":[{`"id`":`"$half`",`"weight`":1,`"variables`":{`"\ud83d`":`"$half`"}}]},{`"uid`":`"$half`",`"status`":`"$half`",`"type`":`"$half`"},{`"uid`":`"exp_3`",`"name`":`"Good`"}],`"total`":3}" }
        }
        Connect-SandboxServer $server @{ MaximumRetryCount = 0; LedgerPath = (Join-Path $TestDrive 'raw.jsonl') }
    }

    AfterAll {
        Stop-RawServer $server
    }

    It 'gives every experiment' {
        $said = Invoke-Captured { Get-PictifyExperiment }

        $said.Output.Count | Should -Be 3
        Get-Errors $said | Should -BeNullOrEmpty
        Test-Unsafe ($said.Output | Format-Table | Out-String) | Should -BeFalse
        Test-Unsafe ($said.Output | Format-List | Out-String) | Should -BeFalse
    }

    It 'is one clear error: <Script>' -ForEach @(
        @{ Script = { Suspend-PictifyExperiment exp_400 }; Id = 'ValidationFailed' }
        @{ Script = { Set-PictifyExperiment exp_401 -NewSlug abc }; Id = 'StateConflict' }
        @{ Script = { Get-PictifyExperiment -Uid exp_400 }; Id = 'ValidationFailed' }
        @{ Script = { Send-PictifyEvent view hero }; Id = 'EventRefused' }
        @{ Script = { @(Get-PictifyExperiment)[1] | Suspend-PictifyExperiment }; Id = 'InvalidUid' }
    ) {
        $said = Invoke-Captured $Script

        Get-ErrorId (Get-Errors $said) | Should -BeExactly @($Id) -Because "$(Get-Errors $said)"
        foreach ($record in Get-Errors $said) {
            Test-Unsafe "$record$($record.Exception.Message)" | Should -BeFalse
        }
    }

    It 'does not keep a change from being known' {
        $said = Invoke-Captured { Suspend-PictifyExperiment exp_1 }

        Get-Errors $said | Should -BeNullOrEmpty
        "$($said.Output.Status)" | Should -Be 'Paused'
        (Test-PictifyLedger -LedgerPath (Join-Path $TestDrive 'raw.jsonl')).IsValid | Should -BeTrue
    }
}
