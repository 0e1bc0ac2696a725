#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What properties hold where the service sent nothing, what a variant knows of its experiment, and how its list is read and set.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'Counters' {
    BeforeAll {
        $server = Start-RawServer {
            param($Request)
            $variants = switch -Wildcard ($Request.Path) {
                '*exp_none' { '{ "id": "a" }, { "id": "b" }' }
                '*exp_some' { '{ "id": "a", "impressions": 7 }, { "id": "b" }' }
                '*exp_zero' { '{ "id": "a", "impressions": 0, "clicks": 0 }, { "id": "b", "impressions": 0, "clicks": 0 }' }
            }
            '{"experiment":{"uid":"' + ($Request.Path -split '/')[-1] + '","name":"x","status":"running","type":"ab_test","variants":[' + $variants + ']}}'
        }
        Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri $server.Address -NoProxy
    }

    AfterAll {
        Stop-RawServer $server
    }

    It 'are null where the service sent none, and what it sent where it sent some: <Uid>' -ForEach @(
        @{ Uid = 'exp_none'; Impressions = $null; Clicks = $null }
        @{ Uid = 'exp_some'; Impressions = 7; Clicks = $null }
        @{ Uid = 'exp_zero'; Impressions = 0; Clicks = 0 }
    ) {
        $experiment = Get-PictifyExperiment -Uid $Uid -ErrorAction Stop

        $experiment.Impressions | Should -Be $Impressions
        $experiment.Clicks | Should -Be $Clicks
        ($experiment | ConvertTo-Json -Depth 3 | ConvertFrom-Json).Impressions | Should -Be $Impressions
    }
}

Describe 'A variant' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $experiment = Get-PictifyExperiment -Uid exp_sandbox_01
    }

    It 'knows its experiment, through CLIXML too' {
        $path = Join-Path $TestDrive 'variants.xml'
        (Get-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_02).Variants | Export-Clixml $path

        @($experiment.Variants.ExperimentUid | Sort-Object -Unique) | Should -Be 'exp_sandbox_01'
        @((Suspend-PictifyExperiment exp_sandbox_02).Variants.ExperimentUid | Sort-Object -Unique) | Should -Be 'exp_sandbox_02'
        @((Import-Clixml $path).ExperimentUid | Sort-Object -Unique) | Should -Be 'exp_sandbox_01', 'exp_sandbox_02'
    }

    It 'takes nothing of it along to another one: <What>' -ForEach @(
        @{ What = 'itself'; From = { $experiment.Variants } }
        @{ What = 'deserialized'; From = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($experiment.Variants, 4)) } }
        @{ What = 'JSON'; From = { $experiment.Variants | ConvertTo-Json -Depth 6 | ConvertFrom-Json } }
    ) {
        $server = Start-RawServer {
            param($Request)
            '{"experiment":{"uid":"exp_9","slug":"one-more","name":"One more","status":"draft","type":"ab_test"}}'
        }
        try {
            $variants = @(& $From)
            Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri $server.Address -NoProxy
            $null = New-PictifyExperiment 'One more' -Type AbTest -TemplateUid tmpl_1 -Variant $variants -ErrorAction Stop
        }
        finally {
            Stop-RawServer $server
        }

        $sent = @($server.Requests | Where-Object Method -EQ POST)[0].Body
        $sent | Should -Match '"variants"'
        $sent | Should -Not -Match 'experimentUid'
    }
}

Describe 'The variants of an experiment' {
    BeforeAll {
        Connect-Pictify -Sandbox
        $experiment = Get-PictifyExperiment -Uid exp_sandbox_01
        $v = New-PictifyVariant v 4000
        $w = New-PictifyVariant w 6000
    }

    It 'are indexed, counted and enumerated as an array is' {
        $variants = $experiment.Variants

        $variants[0].Id | Should -BeExactly 'control'
        $variants[-1].Id | Should -BeExactly 'short-headline'
        $null -eq $variants[2] | Should -BeTrue
        @($variants[0..1]).Count | Should -Be 2
        $variants.Count | Should -Be 2
        $variants.Length | Should -Be 2
        $variants.Id | Should -Be 'control', 'short-headline'
        @($variants).Count | Should -Be 2
        @(foreach ($variant in $variants) { $variant.Id }) | Should -Be 'control', 'short-headline'
        @($experiment | ForEach-Object { $_.Variants }).Count | Should -Be 2
        @($experiment | Select-Object -ExpandProperty Variants).Count | Should -Be 2
        $first, $second = $variants
        $second.Id | Should -BeExactly 'short-headline'
        @(Get-PictifyExperiment | Where-Object { $_.Variants.Count -gt 1 }).Count | Should -Be @(Get-PictifyExperiment).Count
        ($experiment | Format-List Variants | Out-String).Trim() | Should -BeExactly 'Variants : {control, short-headline}'
        $variants -join ', ' | Should -BeExactly 'control, short-headline'
    }

    It 'are an array of objects in JSON' {
        $json = $experiment | ConvertTo-Json -Depth 4

        $json | Should -Match '"Variants":\s*\[\s*\{\s*"Id":\s*"control"'
        $variants = ($json | ConvertFrom-Json).Variants
        $variants.GetType().Name | Should -BeExactly 'Object[]'
        $variants.Count | Should -Be 2
        $variants[0].Variables.headline | Should -BeExactly 'Control'
    }

    It 'are set by <What>' -ForEach @(
        @{ What = 'an array of theirs'; Ids = 'v', 'w'; Make = { $e = [Pictify.Experiment]::new(); $e.Variants = [Pictify.Variant[]] @($v, $w); $e } }
        @{ What = 'an array'; Ids = 'v', 'w'; Make = { $e = [Pictify.Experiment]::new(); $e.Variants = @($v, $w); $e } }
        @{ What = 'one in an array'; Ids = 'v'; Make = { $e = [Pictify.Experiment]::new(); $e.Variants = [Pictify.Variant[]] @($v); $e } }
        @{ What = 'one'; Ids = 'v'; Make = { $e = [Pictify.Experiment]::new(); $e.Variants = $v; $e } }
        @{ What = 'what a command gives'; Ids = 'x', 'y'; Make = { $e = [Pictify.Experiment]::new(); $e.Variants = 'x', 'y' | ForEach-Object { New-PictifyVariant $_ 5000 }; $e } }
        @{ What = 'those of another'; Ids = 'control', 'short-headline'; Make = { $e = [Pictify.Experiment]::new(); $e.Variants = $experiment.Variants; $e } }
        @{ What = 'one more'; Ids = 'v', 'w'; Make = { $e = [Pictify.Experiment] @{ Variants = $v }; $e.Variants += $w; $e } }
        @{ What = 'Add'; Ids = 'v', 'w'; Make = { $e = [Pictify.Experiment] @{ Variants = $v }; $e.Variants.Add($w); $e } }
        @{ What = 'a cast with one'; Ids = 'v'; Make = { [Pictify.Experiment] @{ Variants = $v } } }
        @{ What = 'a cast with an array'; Ids = 'v', 'w'; Make = { [Pictify.Experiment] @{ Variants = $v, $w } } }
        @{ What = 'a cast with hashtables'; Ids = 'a', 'b'; Make = { [Pictify.Experiment] @{ Variants = @{ Id = 'a' }, @{ Id = 'b' } } } }
        @{ What = 'null'; Ids = @(); Make = { $e = [Pictify.Experiment] @{ Variants = $v }; $e.Variants = $null; $e } }
        @{ What = 'nulls among them'; Ids = 'v'; Make = { $e = [Pictify.Experiment]::new(); $e.Variants = [Pictify.Variant[]] @($null, $v); $e } }
        @{ What = 'an empty array'; Ids = @(); Make = { $e = [Pictify.Experiment] @{ Variants = $v }; $e.Variants = @(); $e } }
    ) {
        $made = & $Make

        $made.Variants.Count | Should -Be @($Ids).Count
        @($made.Variants | ForEach-Object Id) | Should -Be @($Ids)
        $made.Variants.GetType() | Should -Be $experiment.Variants.GetType()
    }

    It 'are given to a parameter as an array is' {
        $changed = Set-PictifyExperiment exp_sandbox_04 -Variant $experiment.Variants -ErrorAction Stop

        $changed.Variants.Id | Should -Be 'control', 'short-headline'
    }
}
