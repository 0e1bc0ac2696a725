#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# New-PictifyExperiment: every field, what is sent, and the rules that are checked first.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer @{ key = $TestKey }
}

AfterAll {
    Stop-SandboxServer $server
}

Describe 'New-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'takes every field, and every way to write it' {
        $new = @{
            Name                    = 'Hero Full'
            Type                    = 'ab_test'
            Slug                    = 'hero-full'
            TemplateUid             = 'tmpl_1'
            Hypothesis              = 'h'
            Variant                 = (New-PictifyVariant -Id a -Percent 33.33 -Name A -Variables @{ Title = 'x'; n = 1.5; list = 1, 2 }), '{"id":"b","weight":6667}'
            GoalType                = 'ClickThrough'
            DestinationUrl          = 'https://shop.example/'
            BanditConfig            = @{ Enabled = $true; Algorithm = 'EpsilonGreedy' }
            OutputConfig            = @{ format = 'webp'; quality = 80 }
            MinimumSampleSize       = 500
            ConfidenceThreshold     = 0.9
            MinimumRunDays          = 3
            MinimumDetectableEffect = 0.1
            FallbackImageUrl        = 'https://shop.example/f.png'
            FallbackTemplateUid     = 'tmpl_2'
        }
        $created = @(New-PictifyExperiment @new -ErrorAction Stop)

        $created.Count | Should -Be 1
        "$($created[0].Status)" | Should -BeExactly 'Draft'
        $created[0].Slug | Should -BeExactly 'hero-full'
        $created[0].TemplateUid | Should -BeExactly 'tmpl_1'
        "$($created[0].GoalConfig)" | Should -BeExactly 'click_through https://shop.example/'
        "$($created[0].BanditConfig)" | Should -BeExactly 'epsilon_greedy'
        "$($created[0].OutputConfig)" | Should -BeExactly 'webp 80'
        $created[0].MinimumSampleSize | Should -Be 500
        $created[0].FallbackTemplateUid | Should -BeExactly 'tmpl_2'
        $variants = (Get-PictifyExperiment -Slug hero-full -ErrorAction Stop).Variants
        $variants.Weight | Should -Be @(3333, 6667)
        $variants[0].Variables.Title | Should -BeExactly 'x'
        $variants[0].Variables.n | Should -Be 1.5
        $variants[0].Variables.list | Should -Be @(1, 2)
    }

    It 'tells all broken rules in one error, and sends no change' {
        $said = Invoke-Captured { New-PictifyExperiment ' ' -Type AbTest -Slug API -Variant @{ id = 'a b'; weight = 1 } -ConfidenceThreshold 2 }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('ValidationFailed')
        foreach ($field in 'name:', 'slug:', 'variants:', 'variants[0].id:', 'confidenceThreshold:') {
            "$($said.Errors[0])".Contains($field) | Should -BeTrue -Because "$field is in: $($said.Errors[0])"
        }

        $sandbox.ChangeRequests | Should -Be 0
    }
}

Describe 'New-PictifyExperiment over HTTP' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        Connect-SandboxServer $server @{ RetryIntervalSec = 0 }
    }

    It 'sends a create that failed again' {
        Set-SandboxServer $server @{ faults = @{ schedule = @{ '1' = 'Error503' } } }
        $said = Invoke-Captured { New-PictifyExperiment 'Hero One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 } }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        $said.Output[0].Name | Should -BeExactly 'Hero One'
        $state = Get-SandboxServer $server
        $state.requests.'POST create' | Should -Be 2
        $state.appliedChanges | Should -Be 1
    }

    It 'brings names of the API into its spelling, and sends those of variables as they were written' {
        $said = Invoke-Captured {
            New-PictifyExperiment 'New One' -Type AbTest -Variant @{ Id = 'a'; Weight = 5000; Variables = @{ HeadLine = 'x'; Deep = @{ TypeText = 1 } } }, (New-PictifyVariant b 5000 -Variables @{ CTA = 1 })
        }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $held = @((Get-SandboxServer $server).experiments | Where-Object slug -eq 'new-one')
        $held.Count | Should -Be 1
        $variants = $held[0].variants
        $variants.id | Should -BeExactly @('a', 'b')
        $variants[0].PSObject.Properties.Name | Should -Contain 'id'
        $variants[0].PSObject.Properties.Name -ccontains 'Id' | Should -BeFalse
        $variants[0].variables.PSObject.Properties.Name | Sort-Object | Should -BeExactly @('Deep', 'HeadLine')
        $variants[0].variables.HeadLine | Should -BeExactly 'x'
        $variants[0].variables.Deep.PSObject.Properties.Name | Should -BeExactly 'TypeText'
        $variants[0].variables.Deep.TypeText | Should -Be 1
        $variants[1].variables.PSObject.Properties.Name | Should -BeExactly 'CTA'
        $variants[1].variables.CTA | Should -Be 1
    }
}

Describe 'Experiments from the rows of a CSV or a database' {
    BeforeEach {
        $server2 = Start-RawServer { param($Request) $slug = ($Request.Body | ConvertFrom-Json).slug; "{`"experiment`":{`"uid`":`"e$($Request.Number)`",`"slug`":`"$slug`",`"status`":`"draft`"}}" }
        Connect-SandboxServer $server2
        $variants = '[{"id":"a","weight":5000},{"id":"b","weight":5000}]'
    }

    AfterEach {
        Stop-RawServer $server2
    }

    It 'send what is given, and nothing else: a blank cell is not given' {
        $csv = "Name,Type,Variants,Slug,TemplateUid,Hypothesis,DestinationUrl,MinimumSampleSize,ConfidenceThreshold,MinimumRunDays,FallbackImageUrl,FallbackTemplateUid`n" +
        "Hero One,AbTest,'$variants',,,,,,,,,`n" +
        "Hero Two,ab_test,'$variants',,tmpl_1,h,https://shop.example/,5,0.5,3,https://shop.example/f.png,tmpl_2`n" +
        "Hero Three,AbTest,'$variants',, , , , , , , ,"
        $rows = $csv.Replace("'[", '"[').Replace("]'", ']"') -replace '(?<=[\[{:,])"(id|a|b|weight)"', '""$1""' -replace '"id"":""', '"id"":""' | ConvertFrom-Csv
        $rows.Count | Should -Be 3
        $rows[0].Variants | Should -Be $variants

        $said = Invoke-Captured { $rows | New-PictifyExperiment -ThrottleLimit 1 }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $sent = @($server2.Requests | ForEach-Object Body)
        $sent[0] | Should -BeExactly "{`"slug`":`"hero-one`",`"name`":`"Hero One`",`"type`":`"ab_test`",`"variants`":$variants}"
        $sent[1] | Should -BeLike '*"templateUid":"tmpl_1"*"goalConfig":{"destinationUrl":"https://shop.example/"}*"hypothesis":"h","minimumSampleSize":5,"confidenceThreshold":0.5,"minimumRunDays":3*'
        $sent[2] | Should -BeExactly "{`"slug`":`"hero-three`",`"name`":`"Hero Three`",`"type`":`"ab_test`",`"variants`":$variants}"
    }

    It 'inherit nothing from the one before' {
        $said = Invoke-Captured {
            [pscustomobject] @{ Name = 'Hero One'; Type = 'AbTest'; Variants = $variants; Hypothesis = 'h'; MinimumSampleSize = 5; Slug = 'hero-x'; TemplateUid = 't' },
            [pscustomobject] @{ Name = 'Hero Two'; Type = 'AbTest'; Variants = $variants } |
                New-PictifyExperiment -ThrottleLimit 1
        }

        $said.Errors | Should -BeNullOrEmpty
        $server2.Requests[1].Body | Should -BeExactly "{`"slug`":`"hero-two`",`"name`":`"Hero Two`",`"type`":`"ab_test`",`"variants`":$variants}"
    }

    It 'take what a database has for nothing as not given' {
        $table = [System.Data.DataTable]::new()
        foreach ($column in 'Name', 'Type', 'Variants', 'Slug', 'Hypothesis', 'FallbackTemplateUid') {
            $null = $table.Columns.Add($column)
        }

        foreach ($column in 'MinimumSampleSize', 'MinimumRunDays') {
            $null = $table.Columns.Add($column, [int])
        }

        $null = $table.Columns.Add('ConfidenceThreshold', [double])
        $null = $table.Rows.Add('Hero One', 'AbTest', $variants)

        $said = Invoke-Captured { $table.Rows | New-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $server2.Requests[0].Body | Should -BeExactly "{`"slug`":`"hero-one`",`"name`":`"Hero One`",`"type`":`"ab_test`",`"variants`":$variants}"
    }
}

Describe 'A create whose outcome is not known' {
    It 'is not said to be safe to run again: <Script>' -ForEach @(
        @{ Script = 'New-PictifyExperiment ''Hero One'' -Type AbTest -Variant @{ id = ''a''; weight = 5000 }, @{ id = ''b''; weight = 5000 }'; Says = '*-Slug*the slug is already taken*' }
        @{ Script = 'Copy-PictifyExperiment exp_sandbox_01 -NewSlug hero-copy'; Says = '*-Slug*the slug is already taken*' }
        @{ Script = 'Send-PictifyEvent view hero-summer-sale'; Says = '*may count them twice*' }
        @{ Script = 'Invoke-PictifyApi experiments/api/exp_sandbox_01/pause -Method POST'; Says = '*may be done twice*' }
    ) {
        # Nothing but the read before a copy is answered.
        $raw = Start-RawServer { param($Request) if ($Request.Path -like '*/exp_sandbox_01') { '{"experiment":{"uid":"exp_sandbox_01","name":"Hero","type":"ab_test","variants":[{"id":"a","weight":5000},{"id":"b","weight":5000}]}}' } }
        try {
            Connect-SandboxServer $raw @{ MaximumRetryCount = 0 }
            $said = Invoke-Captured ([scriptblock]::Create($Script))
        }
        finally {
            Stop-RawServer $raw
        }

        Get-ErrorId $said.Errors | Should -Be @('OutcomeUnknown')
        "$($said.Errors[0])" | Should -BeLike $Says
        "$($said.Errors[0])" | Should -Not -BeLike '*safe to run*'
        $said.Errors[0].Exception.GetType().FullName | Should -Be 'Pictify.Http.PictifyException'
    }
}
