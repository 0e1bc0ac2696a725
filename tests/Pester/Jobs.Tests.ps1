#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Experiments that leave the session and come back: jobs, thread jobs, parallel runspaces, remoting's serializer, CLIXML and CSV.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseUsingScopeModifierInNewRunspaces', '', Justification = 'The jobs take parameters.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
}

Describe 'A connection' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $connection = Get-PictifyConnection
    }

    It 'is shared by runspaces that are handed it' -Skip:($PSVersionTable.PSVersion.Major -lt 7) {
        $names = 1..4 | ForEach-Object -Parallel {
            Import-Module $using:Manifest
            (Get-PictifyExperiment -First 1 -Connection $using:connection).Name
        }

        $names | Should -BeExactly (@('Hero Summer Sale') * 4)
    }

    # Windows PowerShell has thread jobs only where the module ThreadJob was installed.
    It 'is shared by thread jobs' -Skip:(-not (Get-Command Start-ThreadJob -ErrorAction SilentlyContinue)) {
        $jobs = 'exp_sandbox_01', 'exp_sandbox_02' | ForEach-Object {
            Start-ThreadJob -ArgumentList $Manifest, $connection, $_ {
                param($Manifest, $Connection, $Uid)
                Import-Module $Manifest
                Suspend-PictifyExperiment $Uid -Connection $Connection
            }
        }
        try {
            $back = @($jobs | Wait-Job | Receive-Job)

            @($back.Uid | Sort-Object) | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02')
            $back.Status | Should -Be @('Paused', 'Paused')
            (Get-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_02).Status | Should -Be @('Paused', 'Paused')
        }
        finally {
            $jobs | Remove-Job -Force
        }
    }

    It 'is made anew in a job, which sends its experiments back' {
        $job = Start-Job -ArgumentList $Manifest {
            param($Manifest)
            Import-Module $Manifest
            Connect-Pictify -Sandbox
            Get-PictifyExperiment -First 2 | Suspend-PictifyExperiment
        }
        try {
            $back = @($job | Wait-Job | Receive-Job)
        }
        finally {
            $job | Remove-Job -Force
        }

        $back.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_02')
        $back[0].Variants[0].Id | Should -BeExactly 'control'
        @($back | Suspend-PictifyExperiment).Uid | Should -BeExactly $back.Uid
    }
}

Describe 'Experiments' {
    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'are taken as rows of a CSV file' {
        $csv = Join-Path $TestDrive 'e.csv'
        Get-PictifyExperiment 'Hero S*' | Export-Csv $csv -NoTypeInformation

        $paused = @(Import-Csv $csv | Suspend-PictifyExperiment)

        $paused.Count | Should -Be 2
        $paused.Status | Should -Be @('Paused', 'Paused')
    }

    It 'are taken as objects of a CLIXML file' {
        $xml = Join-Path $TestDrive 'e.xml'
        Get-PictifyExperiment 'Hero S*' | Export-Clixml $xml

        $paused = @(Import-Clixml $xml | Suspend-PictifyExperiment)

        $paused.Count | Should -Be 2
        $paused.Status | Should -Be @('Paused', 'Paused')
    }

    It 'keep their variants and conditions through CLIXML' {
        $xml = Join-Path $TestDrive 'deep.xml'
        Get-PictifyExperiment 'Hero App Download' | Export-Clixml $xml

        (Import-Clixml $xml).Variants[0].Conditions.Children[0].Property | Should -BeExactly 'device'
    }

    It 'go through the serializer that remoting uses, and come back' {
        $text = [System.Management.Automation.PSSerializer]::Serialize((Get-PictifyExperiment 'Hero App Download'), 1)
        $back = [System.Management.Automation.PSSerializer]::Deserialize($text)

        $back.Variants[0].Conditions.Children[0].Property | Should -BeExactly 'device'
        ($back | Suspend-PictifyExperiment).Uid | Should -BeExactly $back.Uid
    }
}
