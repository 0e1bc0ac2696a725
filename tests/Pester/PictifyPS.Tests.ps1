#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# The built module as its users run it. The engine's suite (tests/PictifyPS.Tests) goes deeper; this one covers what only a
# whole PowerShell has: Select-Object -First, files, parallel runspaces, jobs.

BeforeAll {
    $manifest = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../PictifyPS.psd1")
    Import-Module $manifest -Force
}

Describe 'The manifest' {
    It 'is valid' {
        Test-ModuleManifest $manifest | Should -Not -BeNullOrEmpty
    }

    It 'exports what it lists' {
        $listed = (Test-ModuleManifest $manifest).ExportedCmdlets.Keys
        (Get-Command -Module PictifyPS -CommandType Cmdlet).Name | Sort-Object | Should -Be ($listed | Sort-Object)
    }
}

Describe 'The sandbox' {
    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'pauses the heroes, and twice is once' {
        foreach ($time in 1..2) {
            $paused = Get-PictifyExperiment | Where-Object Name -like 'Hero*' | Suspend-PictifyExperiment
            $paused.Count | Should -Be 5
            $paused.Status | Sort-Object -Unique | Should -Be 'Paused'
        }
    }

    It 'stops after Select-Object -First, and pauses little more than was asked for' {
        (Get-PictifyConnection).Sandbox.Generate(1000)
        $first = Get-PictifyExperiment | Suspend-PictifyExperiment | Select-Object -First 1
        @($first).Count | Should -Be 1
        (Get-PictifyConnection).Sandbox.ChangeRequests | Should -BeLessThan 60
    }

    It 'takes rows of a CSV and objects of a CLIXML file' {
        $csv = Join-Path $TestDrive 'e.csv'
        $xml = Join-Path $TestDrive 'e.xml'
        Get-PictifyExperiment 'Hero S*' | Export-Csv $csv -NoTypeInformation
        Get-PictifyExperiment 'Hero S*' | Export-Clixml $xml
        (Import-Csv $csv | Suspend-PictifyExperiment).Count | Should -Be 2
        (Import-Clixml $xml | Suspend-PictifyExperiment).Count | Should -Be 2
    }

    It 'is shared by runspaces that are handed the connection' -Skip:($PSVersionTable.PSVersion.Major -lt 7) {
        $connection = Get-PictifyConnection
        $names = 1..4 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            (Get-PictifyExperiment -First 1 -Connection $using:connection).Name
        }
        $names | Should -Be (@('Hero Summer Sale') * 4)
    }

    It 'fits its table into <_> columns' -ForEach 80, 120 {
        $lines = (Get-PictifyExperiment | Out-String -Width $_) -split "`r?`n" -replace "`e\[[0-9;]*m" | Where-Object { $_ }
        ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual $_
    }

    It 'imports again with all exports' {
        $before = (Get-Command -Module PictifyPS).Count
        Import-Module $manifest -Force
        (Get-Command -Module PictifyPS).Count | Should -Be $before
    }
}
