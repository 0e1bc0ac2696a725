#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What properties hold where the service sent nothing, and what a variant knows of its experiment.

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
