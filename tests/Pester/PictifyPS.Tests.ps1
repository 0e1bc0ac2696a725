#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# The packaged module as its users run it, in PowerShell 7.4 and later and in Windows PowerShell 5.1. The engine's suite
# (tests/PictifyPS.Tests) goes deeper; this one covers what only a whole PowerShell has: files, jobs, parallel runspaces, remoting.
#
# What it needs: the module, and for the part over HTTP the sandbox server with the .NET 10 runtime.
#   PICTIFY_TEST_MODULE    the manifest to test; default: out/PictifyPS/<version>, else the repository's root
#   PICTIFY_TEST_SERVER    SandboxServer.dll; default: the one that was built in tools/SandboxServer

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseUsingScopeModifierInNewRunspaces', '', Justification = 'The jobs take parameters.')]
param()

BeforeDiscovery {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $manifest = if ($env:PICTIFY_TEST_MODULE) { $env:PICTIFY_TEST_MODULE } else {
        @(Get-Item "$root/out/PictifyPS/*/PictifyPS.psd1", "$root/PictifyPS.psd1" -ErrorAction SilentlyContinue)[0].FullName
    }
    $server = if ($env:PICTIFY_TEST_SERVER) { $env:PICTIFY_TEST_SERVER } else {
        @(Get-Item "$root/tools/SandboxServer/bin/*/net10.0/SandboxServer.dll" -ErrorAction SilentlyContinue)[0].FullName
    }
    $hasServer = $server -and (Get-Command dotnet -ErrorAction SilentlyContinue)
    $isSeven = $PSVersionTable.PSVersion.Major -ge 7
    Import-Module $manifest -Force
    $cmdlets = @((Get-Command -Module PictifyPS -CommandType Cmdlet).Name | ForEach-Object { @{ Cmdlet = $_ } })
}

BeforeAll {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $manifest = if ($env:PICTIFY_TEST_MODULE) { $env:PICTIFY_TEST_MODULE } else {
        @(Get-Item "$root/out/PictifyPS/*/PictifyPS.psd1", "$root/PictifyPS.psd1" -ErrorAction SilentlyContinue)[0].FullName
    }
    $server = if ($env:PICTIFY_TEST_SERVER) { $env:PICTIFY_TEST_SERVER } else {
        @(Get-Item "$root/tools/SandboxServer/bin/*/net10.0/SandboxServer.dll" -ErrorAction SilentlyContinue)[0].FullName
    }
    $shell = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
    $env:PICTIFY_LEDGER = 'off'
    Import-Module $manifest -Force

    function ConvertTo-Key([string] $Text) {
        $key = [securestring]::new()
        $Text.ToCharArray() | ForEach-Object { $key.AppendChar($_) }
        $key
    }
}

Describe 'The manifest' {
    It 'is valid' {
        Test-ModuleManifest $manifest -ErrorAction Stop | Should -Not -BeNullOrEmpty
    }

    It 'exports what it lists, and nothing else' {
        $listed = (Test-ModuleManifest $manifest).ExportedCmdlets.Keys | Sort-Object
        (Get-Command -Module PictifyPS -CommandType Cmdlet).Name | Sort-Object | Should -Be $listed
        (Get-Command -Module PictifyPS -CommandType Function) | Should -BeNullOrEmpty
    }

    It 'says where it runs, and under which licence' {
        $module = Test-ModuleManifest $manifest
        $module.CompatiblePSEditions | Should -Be @('Core', 'Desktop')
        $module.LicenseUri, $module.ProjectUri, $module.IconUri, $module.ReleaseNotes | Should -Not -BeNullOrEmpty
        $module.Tags | Should -Contain 'PSEdition_Desktop'
    }

    It 'is data' {
        (Import-PowerShellDataFile $manifest).RootModule | Should -Be 'bin/PictifyPS.dll'
    }
}

Describe 'The import' {
    It 'works in a clean process, and says nothing' {
        $said = & $shell -NoProfile -Command "Import-Module '$manifest'; (Get-Command -Module PictifyPS -CommandType Cmdlet).Count" 2>&1
        $said | Should -Be ((Test-ModuleManifest $manifest).ExportedCmdlets.Count)
    }

    It 'works again with -Force, and after Remove-Module' {
        $before = (Get-Command -Module PictifyPS).Count
        Import-Module $manifest -Force
        (Get-Command -Module PictifyPS).Count | Should -Be $before
        Remove-Module PictifyPS
        Get-Command Get-PictifyExperiment -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        Import-Module $manifest
        (Get-Command -Module PictifyPS).Count | Should -Be $before
    }

    It 'makes its types known' {
        [Pictify.Experiment].FullName | Should -Be 'Pictify.Experiment'
        ([Pictify.Variant] @{ Id = 'a'; Weight = 7500 }).Weight | Should -Be 7500
    }
}

Describe 'The help of <Cmdlet>' -ForEach $cmdlets {
    It 'has a synopsis and examples' {
        $help = Get-Help $Cmdlet
        $help.Synopsis.Trim() | Should -Match '\.$'
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
    }
}

Describe 'The topics' {
    It 'are found: <_>' -ForEach 'about_PictifyPS', 'about_PictifyPS_Bulk', 'about_PictifyPS_Connections', 'about_PictifyPS_Ledger' {
        Get-Help $_ | Out-String | Should -Match 'Short description'
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

    It 'changes nothing under -WhatIf' {
        Get-PictifyExperiment | Suspend-PictifyExperiment -WhatIf
        Get-PictifyExperiment | Remove-PictifyExperiment -WhatIf
        (Get-PictifyConnection).Sandbox.ChangeRequests | Should -Be 0
    }

    It 'stops after Select-Object -First, and pauses little more than was asked for' {
        (Get-PictifyConnection).Sandbox.Generate(1000)
        $first = Get-PictifyExperiment | Suspend-PictifyExperiment -ErrorAction SilentlyContinue | Select-Object -First 1
        @($first).Count | Should -Be 1
        (Get-PictifyConnection).Sandbox.ChangeRequests | Should -BeLessThan 100
    }

    It 'takes rows of a CSV and objects of a CLIXML file' {
        $csv = Join-Path $TestDrive 'e.csv'
        $xml = Join-Path $TestDrive 'e.xml'
        Get-PictifyExperiment 'Hero S*' | Export-Csv $csv -NoTypeInformation
        Get-PictifyExperiment 'Hero S*' | Export-Clixml $xml
        (Import-Csv $csv | Suspend-PictifyExperiment).Count | Should -Be 2
        (Import-Clixml $xml | Suspend-PictifyExperiment).Count | Should -Be 2
    }

    It 'keeps variants and their conditions through CLIXML' {
        $xml = Join-Path $TestDrive 'deep.xml'
        Get-PictifyExperiment 'Hero App Download' | Export-Clixml $xml
        (Import-Clixml $xml).Variants[0].Conditions.Children[0].Property | Should -Be 'device'
    }

    It 'is shared by runspaces that are handed the connection' -Skip:(-not $isSeven) {
        $connection = Get-PictifyConnection
        $names = 1..4 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            (Get-PictifyExperiment -First 1 -Connection $using:connection).Name
        }
        $names | Should -Be (@('Hero Summer Sale') * 4)
    }

    It 'is shared by thread jobs' -Skip:(-not (Get-Command Start-ThreadJob -ErrorAction SilentlyContinue)) {
        $connection = Get-PictifyConnection
        $job = 'exp_sandbox_01', 'exp_sandbox_02' | ForEach-Object {
            Start-ThreadJob -ArgumentList $manifest, $connection, $_ {
                param($Manifest, $Connection, $Uid)
                Import-Module $Manifest
                Suspend-PictifyExperiment $Uid -Connection $Connection
            }
        }
        ($job | Wait-Job | Receive-Job).Status | Should -Be @('Paused', 'Paused')
        $job | Remove-Job
        (Get-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_02).Status | Should -Be @('Paused', 'Paused')
    }

    It 'is made anew in a job, which sends its experiments back' {
        $job = Start-Job -ArgumentList $manifest {
            param($Manifest)
            Import-Module $Manifest
            Connect-Pictify -Sandbox
            Get-PictifyExperiment -First 2 | Suspend-PictifyExperiment
        }
        $back = $job | Wait-Job | Receive-Job
        Remove-Job $job
        $back.Uid | Should -Be @('exp_sandbox_01', 'exp_sandbox_02')
        $back[0].Variants[0].Id | Should -Be 'control'
        ($back | Suspend-PictifyExperiment).Count | Should -Be 2
    }

    It 'fits its table into <_> columns' -ForEach 80, 120 {
        $lines = (Get-PictifyExperiment | Out-String -Width $_) -split "`r?`n" -replace "$([char]27)\[[0-9;]*m" | Where-Object { $_ }
        ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual $_
    }

    It 'completes uids and names' {
        $null = Get-PictifyExperiment
        $line = 'Suspend-PictifyExperiment -Uid exp_sandbox_0'
        $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
        $found.CompletionText | Should -Contain 'exp_sandbox_01'
    }

    It 'undoes what was paused, and nothing else' {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$(New-Guid).jsonl")
        $before = (Get-PictifyExperiment).Status
        Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -Reason 'Test' | Out-Null
        (Get-PictifyOperation -Last).Changed | Should -Be 4
        Get-PictifyOperation -Last | Undo-PictifyOperation | Out-Null
        (Get-PictifyExperiment).Status | Should -Be $before
        (Test-PictifyLedger).IsValid | Should -BeTrue
    }
}

Describe 'Over HTTP' -Skip:(-not $hasServer) {
    BeforeAll {
        $start = [System.Diagnostics.ProcessStartInfo]::new('dotnet', "`"$server`" --count 300")
        $start.RedirectStandardOutput = $true
        $start.UseShellExecute = $false
        $process = [System.Diagnostics.Process]::Start($start)
        $address = $process.StandardOutput.ReadLine()
        Connect-Pictify -ApiKey (ConvertTo-Key 'pk_test_pester') -BaseUri $address -NoProxy
    }

    AfterAll {
        $process.Kill()
    }

    It 'walks an experiment through its life' {
        $variants = (New-PictifyVariant a -Percent 50), (New-PictifyVariant b -Percent 50)
        $experiment = New-PictifyExperiment 'Pester' -Type AbTest -Variant $variants | Start-PictifyExperiment -Wait
        $experiment.Status | Should -Be 'Running'
        ($experiment | Suspend-PictifyExperiment | Resume-PictifyExperiment).Status | Should -Be 'Running'
        $completed = $experiment | Complete-PictifyExperiment -WinnerVariantId a -Confirm:$false
        $completed.WinnerVariantId | Should -Be 'a'
        $completed | Remove-PictifyExperiment -Confirm:$false
        Get-PictifyExperiment -Uid $experiment.Uid -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'pauses everything that runs, in bulk' {
        $running = @(Get-PictifyExperiment -Status Running)
        $running.Count | Should -BeGreaterThan 50
        $paused = @($running | Suspend-PictifyExperiment)
        $paused.Uid | Should -Be $running.Uid
        Get-PictifyExperiment -Status Running | Should -BeNullOrEmpty
    }

    It 'knows a wrong key, and shows it nowhere' {
        $transcript = Join-Path $TestDrive 'transcript.txt'
        $null = Start-Transcript $transcript
        $connection = Connect-Pictify -ApiKey (ConvertTo-Key 'sk_wrong_1234567890') -BaseUri $address -NoProxy -PassThru -WarningAction SilentlyContinue
        { Get-PictifyExperiment -Connection $connection -ErrorAction Stop -Verbose -Debug } | Should -Throw -ErrorId 'KeyRefused,*'
        $null = Stop-Transcript
        $connection | Export-Clixml (Join-Path $TestDrive 'c.xml')
        $shown = ($connection | Format-List * | Out-String) + ($Error | Out-String) + (Get-Content (Join-Path $TestDrive 'c.xml'), $transcript -Raw)
        $shown | Should -Not -Match 'sk_wrong_1234567890'
    }
}

Describe 'Remoting' {
    It 'sends experiments through the serializer that remoting uses, and takes them back' {
        Connect-Pictify -Sandbox
        $text = [System.Management.Automation.PSSerializer]::Serialize((Get-PictifyExperiment 'Hero App Download'), 1)
        $back = [System.Management.Automation.PSSerializer]::Deserialize($text)
        $back.Variants[0].Conditions.Children[0].Property | Should -Be 'device'
        ($back | Suspend-PictifyExperiment).Uid | Should -Be $back.Uid
    }
}
