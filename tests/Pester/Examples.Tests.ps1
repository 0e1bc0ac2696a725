#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Every example of every help page, and every line of README's cookbook, runs in a sandbox as it stands.

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $examples = @(
        foreach ($cmdlet in (Get-Command -Module PictifyPS -CommandType Cmdlet).Name) {
            $number = 0
            foreach ($example in (Get-Help $cmdlet).examples.example) {
                $number++
                @{ Cmdlet = $cmdlet; Number = $number; Code = "$($example.code)"; NeedsSeven = "$($example.code)" -match '-Parallel' }
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

    function Initialize-Example([string] $Status) {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox -LedgerPath $ledger
        $like = Get-PictifyExperiment -Uid exp_sandbox_01
        $new = [Pictify.Experiment] @{ Uid = 'exp_abc123'; Slug = 'example'; Name = 'tmp Example'; TypeText = 'ab_test'; StatusText = $Status; Variants = $like.Variants }
        (Get-PictifyConnection).Sandbox.Add($new)
        Set-Content (Join-Path $TestDrive 'incident.csv') 'Uid', 'exp_sandbox_01', 'exp_sandbox_02'
        Set-Content (Join-Path $TestDrive 'events.csv') 'event,experiment,variantId', 'click,hero-summer-sale,control'
        $null = Suspend-PictifyExperiment exp_sandbox_02 -Reason 'Before the example'
        Copy-Item $ledger (Join-Path $TestDrive 'ledger.jsonl') -Force
    }
}

AfterAll {
    $env:PSModulePath = $modulePath
}

Describe 'Examples of <Cmdlet>' -ForEach $examples {
    It 'runs example <Number>: <Code>' -Skip:($NeedsSeven -and $PSVersionTable.PSVersion.Major -lt 7) {
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
        Push-Location $TestDrive
        try {
            { . ([scriptblock]::Create($text)) *> $null } | Should -Not -Throw
        }
        finally {
            Pop-Location
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
