#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Points in time are local DateTime, as Get-Date and Get-ChildItem give, so that they compare and subtract.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    $times = @(
        @{ What = 'an experiment, CreatedAt'; Time = { (Get-PictifyExperiment -Uid exp_sandbox_01).CreatedAt } }
        @{ What = 'an experiment, UpdatedAt'; Time = { (Get-PictifyExperiment -Uid exp_sandbox_01).UpdatedAt } }
        @{ What = 'an operation, StartedAt'; Time = { (Get-PictifyOperation -Last).StartedAt } }
        @{ What = 'an entry of the ledger, Time'; Time = { (Get-PictifyOperation -Last).Entries[0].Time } }
        @{ What = 'an entry of the ledger, UpdatedAt'; Time = { (Get-PictifyOperation -Last).Entries[0].UpdatedAt } }
        @{ What = 'a connection, ConnectedAt'; Time = { (Get-PictifyConnection).ConnectedAt } }
        @{ What = 'a pause, Since'; Time = { (Get-PictifyPause -Uid exp_sandbox_01).Since } }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive 'ledger.jsonl')
    $null = Suspend-PictifyExperiment exp_sandbox_01 -For 2h -WarningAction Ignore
}

Describe 'The time of <What>' -ForEach $times {
    It 'compares with, and subtracts from, what Get-Date gives' {
        $at = & $Time

        $at | Should -BeOfType ([datetime])
        $at.Kind | Should -Be ([System.DateTimeKind]::Local)
        (Get-Date).AddMinutes(1) -gt $at | Should -BeTrue
        ((Get-Date) - $at).TotalSeconds | Should -BeGreaterOrEqual 0
        (New-TimeSpan -Start $at -End (Get-Date)).TotalSeconds | Should -BeGreaterOrEqual 0
    }
}

Describe 'Points in time' {
    It 'tell the end of a pause alike: the experiment, the operation, its entry and the pause' {
        $operation = Get-PictifyOperation -Last

        $ends = $operation.Until, $operation.Entries[0].Until, (Get-PictifyPause -Uid exp_sandbox_01).Until
        $ends | Should -BeOfType ([datetime])
        @($ends | Sort-Object -Unique).Count | Should -Be 1
        ($ends[0] - $operation.StartedAt).TotalMinutes | Should -BeGreaterThan 119
        ($ends[0] - $operation.StartedAt).TotalMinutes | Should -BeLessThan 121
    }

    It 'have their zone in JSON' {
        $json = Get-PictifyExperiment -Uid exp_sandbox_02 | ConvertTo-Json -Depth 4

        $json | Should -Match '"CreatedAt": "[-0-9]{10}T[:.0-9]+(Z|[-+]\d\d:\d\d)"'
    }

    It 'are of no other type, on any object that a cmdlet gives' {
        $seen = [System.Collections.Generic.HashSet[type]]::new()
        $found = [System.Collections.Generic.List[string]]::new()
        function Add-Type([type] $Type) {
            $of = [System.Nullable]::GetUnderlyingType($Type)
            if ($of) { $Type = $of }
            if ($Type.IsArray) { $Type = $Type.GetElementType() }
            foreach ($argument in $Type.GetGenericArguments()) { Add-Type $argument }
            if ($Type.Assembly.GetName().Name -notlike 'Pictify*' -or -not $seen.Add($Type)) { return }
            foreach ($property in $Type.GetProperties()) {
                if ($property.PropertyType -in [System.DateTimeOffset], [System.Nullable[System.DateTimeOffset]]) { $found.Add("$($Type.Name).$($property.Name)") }
                Add-Type $property.PropertyType
            }
        }
        foreach ($command in Get-Command -Module PictifyPS -CommandType Cmdlet) {
            foreach ($type in $command.OutputType.Type) { Add-Type $type }
        }
        Add-Type ([Pictify.Http.PictifyException])

        $seen.Count | Should -BeGreaterThan 20
        $found | Should -BeNullOrEmpty
    }

    It 'keep the hour that a clock set back shows twice apart' -Tag Process {
        # 02:30 twice in Berlin: once in summer time, and an hour later in winter time.
        $run = Invoke-Pwsh -Environment @{ TZ = 'Europe/Berlin' } -Arguments '-Command', @"
Import-Module '$($Manifest.Replace("'", "''"))'
foreach (`$time in '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z') {
    `$experiment = [Pictify.Experiment] @{ Uid = 'exp_1'; CreatedAt = [datetime] `$time }
    `$experiment.CreatedAt.ToString('HH:mm'), `$experiment.CreatedAt.ToUniversalTime().ToString('HH:mm') -join ' '
}
"@

        $run.Error | Should -BeNullOrEmpty
        $run.Output.Trim() -split '\r?\n' | Should -Be '02:30 00:30', '02:30 01:30'
    }
}
