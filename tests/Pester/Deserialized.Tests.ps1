#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What comes back from a job, Export-Clixml, CSV and JSON: it is shown as it was, found as it was, and keeps what it had inside.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
    Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive 'ledger.jsonl')
    $null = Suspend-PictifyExperiment exp_sandbox_02, exp_nowhere -Reason 'Test' -ErrorAction SilentlyContinue
    $objects = @{
        Experiment  = @(Get-PictifyExperiment)
        Variant     = @(@(Get-PictifyExperiment 'Hero*')[0].Variants)
        Operation   = @(Get-PictifyOperation)
        LedgerEntry = @((Get-PictifyOperation).Entries)
        Quota       = @(Get-PictifyExperimentQuota)
        Measurement = @(Get-PictifyExperiment | Measure-PictifyExperiment)
        Detailed    = @(Measure-PictifyExperiment -Name 'Checkout Trust Badge' -Detailed)
        Measured    = @((Measure-PictifyExperiment -Name 'Checkout Trust Badge').Variants)
        Connection  = @(Get-PictifyConnection)
        Report      = @(Test-PictifyLedger)
    }

    # Depth 1 is what Start-Job and remoting use.
    function Get-Back($Objects) {
        foreach ($each in $Objects) {
            [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($each, 1))
        }
    }
}

Describe 'The views of <_>' -ForEach 'Experiment', 'Variant', 'Operation', 'LedgerEntry', 'Quota', 'Measurement', 'Detailed', 'Measured' {
    It 'show the same of what came back' {
        $before = $objects[$_]
        $before.Count | Should -BeGreaterThan 0

        $after = @(Get-Back $before)

        $after[0].PSObject.TypeNames[0] | Should -BeLike 'Deserialized.*'
        ($after | Get-Shown 120) -join "`n" | Should -BeExactly (($before | Get-Shown 120) -join "`n")
        if ($_ -ne 'Detailed') {
            # A list shows a DateTimeOffset by the culture, and one that came back as the text that it came back with.
            [System.Threading.Thread]::CurrentThread.CurrentCulture = [cultureinfo]::InvariantCulture
            ($after | Format-List | Get-Shown 120) -join "`n" | Should -BeExactly (($before | Format-List | Get-Shown 120) -join "`n")
        }
    }
}

Describe 'Experiments that came back' {
    It 'are found by their status: <How>' -ForEach @(
        @{ How = 'CLIXML'; Back = { $x = Join-Path $TestDrive 'e.xml'; $objects.Experiment | Export-Clixml $x; Import-Clixml $x } }
        @{ How = 'CSV'; Back = { $objects.Experiment | ConvertTo-Csv -NoTypeInformation | ConvertFrom-Csv } }
        @{ How = 'the serializer of jobs'; Back = { Get-Back $objects.Experiment } }
    ) {
        $back = @(& $Back)
        $expected = @($objects.Experiment | Where-Object Status -EQ Running).Uid

        @($back | Where-Object Status -EQ Running).Uid | Should -Be $expected
        @($back | Where-Object Status -EQ 'Running').Uid | Should -Be $expected
        @($back | Where-Object Type -EQ 'AbTest').Uid | Should -Be @($objects.Experiment | Where-Object Type -EQ AbTest).Uid
        @($back | Where-Object StatusText -EQ running).Uid | Should -Be $expected
    }

    # ConvertTo-Json writes an enum as its number.
    It 'are found by StatusText after JSON' {
        $back = $objects.Experiment | ConvertTo-Json -Depth 8 | ConvertFrom-Json

        @($back | Where-Object StatusText -EQ running).Uid | Should -Be @($objects.Experiment | Where-Object Status -EQ Running).Uid
        $back[0].Variants[0].Id | Should -BeExactly 'control'
    }

    It 'keep their variants, measurements theirs, and operations their entries' {
        (Get-Back $objects.Experiment[0]).Variants[0].Variables.headline | Should -BeExactly 'Control'
        (Get-Back $objects.Detailed[0]).Variants[0].Lift | Should -Be $objects.Detailed[0].Variants[0].Lift
        (Get-Back $objects.Operation[0]).Entries[0].Uid | Should -BeExactly 'exp_sandbox_02'
        (Get-Back $objects.Operation[0]).Succeeded | Should -BeFalse
    }

    It 'are measured as before' {
        (Get-Back $objects.Experiment | Measure-PictifyExperiment).Verdict | Should -Be $objects.Measurement.Verdict
    }
}
