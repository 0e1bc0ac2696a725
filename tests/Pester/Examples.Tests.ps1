#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Every example of every help page, and every line of README's cookbook, runs in a sandbox as it stands. So does the line that registers a job.

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $examples = @(
        foreach ($cmdlet in (Get-Command -Module PictifyPS -CommandType Cmdlet).Name) {
            $number = 0
            foreach ($example in (Get-Help $cmdlet).examples.example) {
                $number++
                @{
                    Cmdlet         = $cmdlet
                    Number         = $number
                    Code           = "$($example.code)"
                    NeedsSeven     = "$($example.code)" -match '-Parallel'
                    NeedsScheduler = "$($example.code)" -match 'DueJob'
                }
            }
        }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # What an example gets from elsewhere: a person, a vault, variables and files that the line names.
    function Read-Host { ConvertTo-Key 'pk_test_example' }
    function Get-Secret { ConvertTo-Key 'pk_test_example' }

    # Runspaces of -Parallel load the module by its name.
    $modules = Split-Path (Split-Path (Split-Path $Manifest))
    $modulePath = $env:PSModulePath
    $env:PSModulePath = $modules + [System.IO.Path]::PathSeparator + $env:PSModulePath

    # A crontab of this test's own, no systemd, one job, and a session without a sandbox, which no job could reach.
    function Initialize-Scheduler {
        Disconnect-Pictify
        $folder = (New-Item (Join-Path $TestDrive "$([guid]::NewGuid())") -ItemType Directory).FullName
        [System.IO.File]::WriteAllText("$folder/crontab", "#!/bin/sh`nif [ `"`$1`" = - ]; then exec cat > '$folder/table'; fi`ncat '$folder/table'`n")
        [System.IO.File]::WriteAllText("$folder/systemctl", "#!/bin/sh`nexit 1`n")
        [System.IO.File]::WriteAllText("$folder/table", '')
        [System.IO.File]::WriteAllText((Join-Path $TestDrive 'pictify.env'), "PICTIFY_API_KEY=pk_test_example`n")
        chmod +x "$folder/crontab" "$folder/systemctl"
        chmod 600 (Join-Path $TestDrive 'pictify.env')
        $env:PATH = "$folder`:$env:PATH"
        $env:XDG_CONFIG_HOME = $folder
        $env:PICTIFY_LEDGER = Join-Path $folder 'ledger.jsonl'
        $null = Register-PictifyDueJob -Every 5m -SecretName PictifyKey
    }

    function Initialize-Example([string] $Status) {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox -LedgerPath $ledger
        $like = Get-PictifyExperiment -Uid exp_sandbox_01
        $new = [Pictify.Experiment] @{ Uid = 'exp_abc123'; Slug = 'example'; Name = 'tmp Example'; TypeText = 'ab_test'; StatusText = $Status; Variants = $like.Variants }
        (Get-PictifyConnection).Sandbox.Add($new)
        Set-Content (Join-Path $TestDrive 'incident.csv') 'Uid', 'exp_sandbox_01', 'exp_sandbox_02'
        Set-Content (Join-Path $TestDrive 'events.csv') 'event,experiment,variantId', 'click,hero-summer-sale,control'
        $env:PICTIFY_PROFILES = Join-Path $TestDrive 'profiles.json'
        $null = Save-PictifyConnection -Name rehearsal
        $null = Suspend-PictifyExperiment exp_sandbox_02 -Reason 'Before the example'
        Copy-Item $ledger (Join-Path $TestDrive 'ledger.jsonl') -Force
    }
}

AfterAll {
    $env:PSModulePath = $modulePath
}

Describe 'Examples of <Cmdlet>' -ForEach $examples {
    It 'runs example <Number>: <Code>' -Skip:(($NeedsSeven -and $PSVersionTable.PSVersion.Major -lt 7) -or ($NeedsScheduler -and [System.IO.Path]::DirectorySeparatorChar -eq '\')) {
        $status = if ($Code -match 'Start-|Remove-') { 'draft' } elseif ($Code -match '-Status Completed') { 'completed' } else { 'running' }
        Initialize-Example $status
        $live = Connect-Pictify -Sandbox -PassThru
        Disconnect-Pictify -Connection $live
        Initialize-Example $status
        $live = Get-PictifyConnection
        $hash = (Test-PictifyLedger -LedgerPath (Join-Path $TestDrive 'ledger.jsonl')).LastHash

        # Nobody is there to answer, and an operation's id is another each time.
        $text = $Code -replace '-Confirm(?!:)', '-Confirm:$false' -replace '\d{8}T\d{9}Z-[0-9a-f]{8}', (Get-PictifyOperation -Last).Id
        $ConfirmPreference = 'None'
        $ErrorActionPreference = 'Stop'
        $path, $config = $env:PATH, $env:XDG_CONFIG_HOME
        if ($NeedsScheduler) {
            Initialize-Scheduler
        }

        Push-Location $TestDrive
        try {
            { . ([scriptblock]::Create($text)) *> $null } | Should -Not -Throw
        }
        finally {
            Pop-Location
            $env:PATH, $env:XDG_CONFIG_HOME, $env:PICTIFY_LEDGER = $path, $config, 'off'
        }
    }
}

Describe "README's cookbook" {
    It 'runs from its first line to its last' {
        $section = ((Get-Content "$Root/README.md" -Raw) -split '(?m)^## Cookbook\s*$')[1] -split '(?m)^## ' | Select-Object -First 1
        $lines = $section -split "`r?`n" | Where-Object { $_ -match '^ {4}' -and $_ -notmatch '^ {4}#' }
        @($lines).Count | Should -BeGreaterThan 10
        Initialize-Example 'running'
        $text = ($lines -join "`n") -replace '-Confirm(?!:)', '-Confirm:$false'
        $ConfirmPreference = 'None'
        $ErrorActionPreference = 'Stop'
        Push-Location $TestDrive
        try {
            { . ([scriptblock]::Create($text)) *> $null } | Should -Not -Throw
        }
        finally {
            Pop-Location
        }
    }
}

Describe "README's job that ends pauses" {
    It 'is registered as its line says' -Skip:([System.IO.Path]::DirectorySeparatorChar -eq '\') {
        $line = [regex]::Match((Get-Content "$Root/README.md" -Raw), '(?m)^ {4}(Register-PictifyDueJob .+)$').Groups[1].Value
        $path, $config = $env:PATH, $env:XDG_CONFIG_HOME
        try {
            Initialize-Scheduler
            $said = Invoke-Captured ([scriptblock]::Create($line.Replace('~/.pictify.env', (Join-Path $TestDrive 'pictify.env'))))
        }
        finally {
            $env:PATH, $env:XDG_CONFIG_HOME, $env:PICTIFY_LEDGER = $path, $config, 'off'
        }

        $line | Should -BeLike '*-WhatIf'
        $said.Errors | Should -BeNullOrEmpty
        $said.Terminating | Should -BeNullOrEmpty
    }
}
