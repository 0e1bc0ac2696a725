#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# The samples: each says what it needs and how it fails, and those that can run here run. By 'pwsh -File' in a process of its own runs
# whatever is said of exit codes; the rest runs in this session, because a process takes seconds to start.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1

    $files = @(Get-ChildItem $Samples -File | Sort-Object Name | ForEach-Object {
            @{
                File     = $_.Name
                Sections = switch ($_.Extension) {
                    '.ps1' { '.SYNOPSIS', 'What it needs:', 'Permissions:', 'How it fails:', 'Exit codes:' }
                    '.timer' { , '# What:' }
                    default { '# What:', '# Permissions:', '# How it fails:', '# Exit codes:' }
                }
            }
        })
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'

    # The module where installed ones are, and the samples beside nothing of it.
    $apart = Join-Path $TestDrive 'apart'
    $modules = Join-Path $TestDrive 'modules'
    $installed = Join-Path (Join-Path $modules 'PictifyPS') (Test-ModuleManifest $Manifest).Version
    $null = New-Item $apart, $installed -ItemType Directory
    Copy-Item $Samples (Join-Path $apart 'samples') -Recurse
    foreach ($name in 'PictifyPS.psd1', 'bin', 'en-US') {
        Copy-Item (Join-Path (Split-Path $Manifest) $name) $installed -Recurse
    }

    $withModule = $modules + [System.IO.Path]::PathSeparator + $env:PSModulePath

    # Runs a sample; the ledger is on unless the environment says otherwise.
    function Invoke-Sample([string] $Name, [string[]] $Arguments = @(), [hashtable] $Environment = @{}) {
        $variables = @{ PICTIFY_LEDGER = $null; PICTIFY_API_KEY = $null; PICTIFY_BASE_URL = $null; NO_COLOR = '1'; PSModulePath = $withModule }
        $Environment.Keys | ForEach-Object { $variables[$_] = $Environment[$_] }
        Invoke-Pwsh (@('-File', (Join-Path (Join-Path $apart 'samples') $Name)) + @($Arguments)) $variables
    }

    # Runs a sample in this session, the ledger on: what it said, and its exit code.
    function Invoke-SampleHere([string] $Name, [hashtable] $Arguments = @{}) {
        $file = Join-Path $Samples $Name
        $env:PICTIFY_LEDGER = $null
        try {
            $said = Invoke-Captured { & $file @Arguments }
            $said | Add-Member ExitCode $LASTEXITCODE -PassThru
        }
        finally {
            $env:PICTIFY_LEDGER = 'off'
        }
    }

    function Get-Line([string] $Text, [string] $Start) {
        $Text -split "`n" | Where-Object { $_.StartsWith($Start) }
    }
}

Describe 'The sample <File>' -ForEach $files {
    It 'says what it does, what it may and how it fails' {
        $text = [System.IO.File]::ReadAllText((Join-Path $Samples $File))

        $Sections | Where-Object { -not $text.Contains($_) } | Should -BeNullOrEmpty
    }
}

Describe 'The script <File>' -ForEach @($files | Where-Object { $_.File -like '*.ps1' }) {
    It 'has its help' {
        $help = Get-Help (Join-Path $Samples $File)

        [System.IO.File]::ReadAllText((Join-Path $Samples $File)).Contains($help.Synopsis.Trim()) | Should -BeTrue
        $help.Description | Should -Not -BeNullOrEmpty
    }

    It 'has no error of syntax' {
        $errors = $null
        $null = [System.Management.Automation.Language.Parser]::ParseFile((Join-Path $Samples $File), [ref] $null, [ref] $errors)

        $errors | Should -BeNullOrEmpty
    }
}

Describe 'friday-freeze.ps1' {
    It 'runs as it stands' -Tag Process {
        $run = Invoke-Sample friday-freeze.ps1

        $run.ExitCode | Should -Be 0
        $run.Error | Should -BeNullOrEmpty
        $run.Output | Should -MatchExactly 'Paused until .*: 8 of 8\. Undo-PictifyOperation [0-9TZ]+-[0-9a-f]{8} undoes it\.'
    }

    It 'says what is missing where the module is not installed' -Tag Process {
        $run = Invoke-Sample friday-freeze.ps1 -Environment @{ PSModulePath = Join-Path $TestDrive 'none' }

        $run.ExitCode | Should -Be 1
        $run.Error | Should -MatchExactly 'PictifyPS'
    }

    It 'takes -WhatIf and a date of one''s own' -Tag Process {
        $run = Invoke-Sample friday-freeze.ps1 '-WhatIf', '-Until', 'tomorrow 08:00'

        $run.ExitCode | Should -Be 0
        @(Get-Line $run.Output 'What if:').Count | Should -Be 8
    }

    It 'fails where the date is none' {
        $said = Invoke-SampleHere friday-freeze.ps1 @{ Until = 'someday' }

        "$($said.Terminating)".Contains('is not a date') | Should -BeTrue -Because $said.Terminating
        $said.Output | Should -BeNullOrEmpty
    }
}

Describe 'resume-due.ps1' {
    It 'has nothing to do in a sandbox of its own' {
        $said = Invoke-SampleHere resume-due.ps1

        $said.Terminating | Should -BeNullOrEmpty
        $said.ExitCode | Should -Be 0
        $said.Errors + $said.Output | Should -BeNullOrEmpty
    }
}

Describe 'pause-hero.ps1' {
    It 'shows a table of what it paused' {
        $said = Invoke-SampleHere pause-hero.ps1

        $said.Terminating | Should -BeNullOrEmpty
        $said.ExitCode | Should -Be 0
        $said.Errors | Should -BeNullOrEmpty
        $shown = ($said.Output | Get-Shown) -join "`n"
        $shown | Should -MatchExactly 'Name +Status +Change +PausedUntil +Uid'
        @(Get-Line $shown 'Hero ').Count | Should -Be 5
        $shown.Contains('Running') | Should -BeFalse
    }
}

Describe 'lifecycle.ps1' {
    It 'does every step' {
        # It ends without an exit code of its own.
        $said = Invoke-SampleHere lifecycle.ps1

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        @($said.Output | Where-Object { "$_".StartsWith('ok  ') }).Count | Should -Be 8
    }
}

Describe 'The azure runbook' {
    BeforeEach {
        $runbook = Join-Path $Samples 'azure-automation.ps1'
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
    }

    It 'pauses and resumes' {
        $connection = Connect-Pictify -Sandbox -LedgerPath $ledger -PassThru

        $paused = Invoke-Captured { & $runbook -Name 'Hero*' -Reason Test -For 2h -Connection $connection }
        $due = Invoke-Captured { & $runbook -Due -Connection $connection }

        $paused.Terminating | Should -BeNullOrEmpty
        $paused.Errors | Should -BeNullOrEmpty
        $paused.Output.Count | Should -Be 4
        $due.Terminating | Should -BeNullOrEmpty
        $due.Errors | Should -BeNullOrEmpty
        $due.Output | Should -BeNullOrEmpty
        @((Get-PictifyOperation).Changed) | Should -Be @(4)
    }

    It 'fails as a job where the connection is closed' {
        $gone = Connect-Pictify -Sandbox -LedgerPath $ledger -PassThru
        $gone.Dispose()

        (Invoke-Captured { & $runbook -Name 'Hero*' -Reason Test -Connection $gone }).Terminating | Should -Not -BeNullOrEmpty
    }
}

# A scheduler knows nothing but the exit code.
Describe 'A runbook that could not begin' -Tag Process {
    It 'is a failure: <_> -Live' -ForEach 'pause-hero.ps1', 'friday-freeze.ps1', 'resume-due.ps1' {
        $run = Invoke-Sample $_ '-Live' @{ PICTIFY_API_KEY = 'pk_test_nowhere'; PICTIFY_BASE_URL = 'ftp://nowhere' }

        $run.ExitCode | Should -Be 1
        $run.Output + $run.Error | Should -MatchExactly 'ftp'
    }
}

# What the list showed is paused; that more may run is for whoever scheduled it to know.
Describe 'A runbook whose list never settles' -Tag Process {
    It 'ends with 1, and what was seen is paused: <Name>' -ForEach @(
        @{ Name = 'friday-freeze.ps1'; More = @('-Until', 'tomorrow 08:00') }
        @{ Name = 'pause-hero.ps1'; More = @() }
    ) {
        $raw = Start-UnsettledServer
        try {
            $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
            $run = Invoke-Sample $Name (@('-Live') + $More) @{ PICTIFY_API_KEY = $TestKey; PICTIFY_BASE_URL = $raw.Address; PICTIFY_LEDGER = $ledger }

            $run.ExitCode | Should -Be 1
            $run.Error | Should -MatchExactly 'kept changing each time it was read'
            @($raw.Requests | Where-Object { $_.Method -eq 'POST' } | ForEach-Object { $_.Path } | Sort-Object) |
                Should -Be @('/experiments/api/e_1/pause', '/experiments/api/e_2/pause')
            if ($Name -like 'friday*') {
                # The list is read to its end first.
                @($raw.Requests.Method)[-2, -1] | Should -Be @('POST', 'POST')
            }

            @(Get-PictifyOperation -LedgerPath $ledger).Changed | Should -Be 2
        }
        finally {
            Stop-RawServer $raw
        }
    }
}

Describe 'A runbook over HTTP' -Tag Process {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        $live = @{ PICTIFY_API_KEY = $TestKey; PICTIFY_BASE_URL = $server.Address; PICTIFY_LEDGER = $ledger }
    }

    It 'ends with 0 where everything is paused, and its pauses are in the ledger' {
        $run = Invoke-Sample friday-freeze.ps1 '-Live', '-Until', 'tomorrow 08:00', '-Ticket', 'OPS-7' $live

        $run.ExitCode | Should -Be 0
        $run.Error | Should -BeNullOrEmpty
        @((Get-SandboxServer $server).experiments | Where-Object status -EQ 'running').Count | Should -Be 0
        $operation = @(Get-PictifyOperation -LedgerPath $ledger)
        $operation.Count | Should -Be 1
        $operation[0].Changed | Should -Be 8
        $operation[0].Ticket | Should -BeExactly 'OPS-7'

        $due = Invoke-Sample resume-due.ps1 '-Live' $live
        $due.ExitCode | Should -Be 0
        $due.Output + $due.Error | Should -BeNullOrEmpty
    }

    It 'ends with 1 where one could not be paused, and the rest is' {
        # A draft cannot be paused.
        Connect-SandboxServer $server
        $null = New-PictifyExperiment 'Hero Draft' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }

        $run = Invoke-Sample pause-hero.ps1 '-Live' $live

        $run.ExitCode | Should -Be 1
        $run.Error | Should -MatchExactly 'draft'
        @((Get-SandboxServer $server).experiments | Where-Object { $_.name -like 'Hero*' -and $_.status -eq 'paused' }).Count | Should -Be 5
    }

    It 'does every step of lifecycle.ps1' {
        $run = Invoke-Sample lifecycle.ps1 '-BaseUri', $server.Address $live

        $run.ExitCode | Should -Be 0 -Because "$($run.Output)$($run.Error)"
        $run.Error | Should -BeNullOrEmpty
        @(Get-Line $run.Output 'ok  ').Count | Should -Be 8
        (Get-SandboxServer $server).requests.PSObject.Properties.Name | Should -Contain 'POST /s/events'
    }
}
