#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# A command on many whose first error ends it, as in GitHub Actions, which sets $ErrorActionPreference to stop: what it says of the rest.
# And that each sample states its preference.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $scripts = @(Get-ChildItem $Samples -File -Recurse | Where-Object { $_.Extension -in '.ps1', '.yml' } | Sort-Object Name | ForEach-Object { @{ File = $_.Name } })
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer

    # Numbers of the warning: done, of them not shown, failed, not attempted.
    function Read-Rest([string[]] $Warnings) {
        $text = @($Warnings -like 'The first error ended the command*')
        $text.Count | Should -Be 1 -Because "$Warnings"
        $found = [regex]::Match($text[0], 'Stop\. (\d+) were done(?: \((\d+) of them are not shown\))?, (\d+) failed, and (\d+) were not attempted')
        $found.Success | Should -BeTrue -Because $text[0]
        [pscustomobject]@{
            Done         = [int] $found.Groups[1].Value
            NotShown     = [int] ('0' + $found.Groups[2].Value)
            Failed       = [int] $found.Groups[3].Value
            NotAttempted = [int] $found.Groups[4].Value
            Text         = $text[0]
        }
    }

    function Get-Paused {
        @((Get-SandboxServer $server).experiments | Where-Object { $_.status -eq 'paused' }).Count
    }
}

AfterAll {
    Stop-SandboxServer $server
}

Describe 'A command on 101 experiments under Stop, one of which was completed meanwhile' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey; generate = 101 }
        Connect-SandboxServer $server
        $uids = 1..101 | ForEach-Object { 'exp_sandbox_{0:D6}' -f $_ }
        $experiment = Get-PictifyExperiment -Uid $uids[27]
        $null = $experiment | Complete-PictifyExperiment -WinnerVariantId $experiment.Variants[0].Id -Confirm:$false -ErrorAction Stop
    }

    It 'says how many were done, failed and not attempted: <Script>' -ForEach @(
        @{ Script = 'Suspend-PictifyExperiment -Uid $uids' }
        @{ Script = 'Suspend-PictifyExperiment $uids' }
        @{ Script = 'Suspend-PictifyExperiment $uids -MaximumCount 200' }
        @{ Script = '$uids | Suspend-PictifyExperiment -MaximumCount 200' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create("$Script -ErrorAction Stop"))

        Get-ErrorId $said.Terminating | Should -BeExactly 'StateConflict'
        $rest = Read-Rest $said.Warnings
        $rest.Failed | Should -Be 1
        $rest.Done + $rest.Failed + $rest.NotAttempted | Should -Be 101 -Because $rest.Text
        $rest.NotAttempted | Should -BeGreaterThan 0
        $said.Output.Count | Should -Be ($rest.Done - $rest.NotShown)
        Get-Paused | Should -Be $rest.Done
    }

    It 'says that the pipeline had more to bring where it does not know how much' {
        $ErrorActionPreference = 'Stop'
        $warnings = @(
            try {
                $uids | Suspend-PictifyExperiment -ThrottleLimit 1 3>&1 | Where-Object { $_ -is [System.Management.Automation.WarningRecord] }
            }
            catch {
                $null = $_
            }
        )

        $rest = Read-Rest @($warnings | ForEach-Object { $_.Message })
        $rest.Text | Should -BeLike '*nor was the rest of the pipeline''s input*'
        Get-Paused | Should -Be $rest.Done
    }

    It 'does the rest under Continue, and says nothing of the kind' {
        $said = Invoke-Captured { Suspend-PictifyExperiment -Uid $uids }

        $said.Warnings | Should -BeExactly @('Suspended 100 of 101: 1 failed.')
        Get-Paused | Should -Be 100
    }
}

Describe 'A command on one experiment under Stop' {
    It 'has its error, and no warning of a rest that there is not' {
        Connect-Pictify -Sandbox

        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_12 -ErrorAction Stop }

        Get-ErrorId $said.Terminating | Should -BeExactly 'StateConflict'
        $said.Warnings | Should -BeNullOrEmpty
    }
}

Describe 'The sample <File>' -ForEach $scripts {
    It 'states its error preference, and says at each change of many that one error does not end it' {
        $text = [System.IO.File]::ReadAllText(@(Get-ChildItem $Samples -Recurse -Filter $File)[0].FullName)

        $text | Should -MatchExactly '(?m)^\s*\$ErrorActionPreference = ''Stop'''
    }
}
