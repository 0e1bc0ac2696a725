#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What Get-Help shows beside words and examples, which Contract.Tests.ps1 holds: links, the online page, default values, and topics as
# plain text.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $cmdlets = @((Test-ModuleManifest $Manifest).ExportedCmdlets.Keys | Sort-Object | ForEach-Object { @{ Cmdlet = $_ } })
    $topics = @(Get-ChildItem (Join-Path (Split-Path $Manifest) 'en-US') -Filter 'about_*.help.txt' | ForEach-Object { @{ Topic = $_.Name -replace '\.help\.txt$' } })
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'The links of <Cmdlet>' -ForEach $cmdlets {
    BeforeAll {
        $links = @((Get-Help $Cmdlet).relatedLinks.navigationLink)
    }

    It 'lead to other cmdlets and topics, which exist' {
        $names = @($links | Where-Object { -not $_.uri } | ForEach-Object { "$($_.linkText)" })

        $names.Count | Should -BeGreaterOrEqual 2
        $names | Should -Not -Contain $Cmdlet
        foreach ($name in $names) {
            if ($name -like 'about_*') {
                Test-Path (Join-Path (Split-Path $Manifest) "en-US/$name.help.txt") | Should -BeTrue -Because $name
            }
            else {
                (Get-Command $name -Module PictifyPS -ErrorAction SilentlyContinue).Name | Should -Be $name
            }
        }
    }

    It 'lead online first, to the reference of the service' {
        # Get-Help -Online opens the first that has an address.
        $online = @($links | Where-Object { $_.uri })

        $online.Count | Should -Be 1
        $links[0].uri | Should -BeExactly 'https://docs.pictify.io/api-reference/experiments'
    }
}

Describe 'The default of -<Parameter> of <Cmdlet>' -ForEach @(
    @{ Cmdlet = 'Suspend-PictifyExperiment'; Parameter = 'ThrottleLimit'; Default = '8' }
    @{ Cmdlet = 'Suspend-PictifyExperiment'; Parameter = 'MaximumCount'; Default = 'None' }
    @{ Cmdlet = 'Suspend-PictifyExperiment'; Parameter = 'WhatIf'; Default = 'False' }
    @{ Cmdlet = 'Wait-PictifyExperiment'; Parameter = 'TimeoutSec'; Default = '300' }
    @{ Cmdlet = 'Save-PictifyExperimentImage'; Parameter = 'Format'; Default = 'png' }
    @{ Cmdlet = 'Save-PictifyExperimentImage'; Parameter = 'Path'; Default = 'the current folder' }
    @{ Cmdlet = 'Measure-PictifyExperiment'; Parameter = 'NegligibleLift'; Default = '0.01' }
    @{ Cmdlet = 'Measure-PictifyExperiment'; Parameter = 'HarmMargin'; Default = '0' }
    @{ Cmdlet = 'Measure-PictifyExperiment'; Parameter = 'Confidence'; Default = "the experiment's ConfidenceThreshold, else 0.95" }
    @{ Cmdlet = 'Connect-Pictify'; Parameter = 'MaximumWaitSec'; Default = '120' }
    @{ Cmdlet = 'Invoke-PictifyApi'; Parameter = 'Method'; Default = 'GET' }
) {
    It 'is shown: <Default>' {
        (Get-Help $Cmdlet -Parameter $Parameter).defaultValue | Should -BeExactly $Default
        (Get-Help $Cmdlet -Parameter $Parameter | Out-String) | Should -BeLike "*Default value*$Default*"
    }
}

Describe 'The defaults of Connect-Pictify' {
    It 'are those of a connection that is made without them' {
        $connection = Connect-Pictify -Sandbox -PassThru
        $shown = @{}
        foreach ($parameter in 'TimeoutSec', 'MaximumRetryCount', 'MaximumWaitSec') {
            $shown[$parameter] = (Get-Help Connect-Pictify -Parameter $parameter).defaultValue
        }

        $shown.TimeoutSec | Should -BeExactly "$($connection.Timeout.TotalSeconds)"
        $shown.MaximumRetryCount | Should -BeExactly "$($connection.MaximumRetryCount)"
        $shown.MaximumWaitSec | Should -BeExactly "$($connection.MaximumWait.TotalSeconds)"
    }
}

Describe 'The defaults of <Cmdlet>' -ForEach $cmdlets {
    It 'are said of every parameter' {
        @((Get-Help $Cmdlet).parameters.parameter | Where-Object { $_ -and -not "$($_.defaultValue)" } | ForEach-Object name) | Should -BeNullOrEmpty
    }
}

Describe 'The topic <Topic>' -ForEach $topics {
    BeforeAll {
        $text = (Get-Help $Topic | Out-String) -replace "`r`n", "`n"
        $lines = $text.TrimEnd("`n") -split "`n"
        $prose = @($lines | Where-Object { $_ -notmatch '^ {8}' })
    }

    It 'is plain text in the form of PowerShell''s own topics' {
        $lines[0..3] | Should -BeExactly @('TOPIC', "    $Topic", '', 'SHORT DESCRIPTION')
        $lines[4] | Should -Match '^    \w'
        $lines | Should -Contain 'LONG DESCRIPTION'
    }

    It 'has no marks of Markdown' {
        @($prose | Where-Object { $_ -match '^\s*#|\*\*|`|\]\(|^\s*\|' }) | Should -BeNullOrEmpty
    }

    It 'is 80 columns wide, but for code' {
        @($prose | Where-Object Length -GT 80) | Should -BeNullOrEmpty
    }

    It 'has every line of code and every word of its page' {
        $page = [System.IO.File]::ReadAllText("$Root/docs/en-US/$Topic.md") -replace "`r`n", "`n"
        foreach ($code in $page -split "`n" -match '^    ') {
            $lines | Should -Contain "    $code" -Because $code
        }

        $words = ($page -replace '(?m)^#+ ' -replace '\*\*|`' -split '\s+' -ne '').ToUpperInvariant()
        $shown = [System.Collections.Generic.HashSet[string]]::new([string[]] ($text -split '\s+').ToUpperInvariant())
        @($words | Where-Object { -not $shown.Contains($_) }) | Should -BeNullOrEmpty
    }
}
