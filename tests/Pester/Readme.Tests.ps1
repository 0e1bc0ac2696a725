#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# README's pictures, made of what the module prints in PowerShell 7, with columns in every program that draws it; and its first lines.

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'The picture in README' -Skip:($PSVersionTable.PSVersion.Major -lt 7 -or -not (Test-Path "$PSScriptRoot/../../tools/New-Picture.ps1")) {
    It 'is what the module prints: <_>' -ForEach 'table', 'measurements' -Tag Process {
        $run = Invoke-Pwsh @('-Command', "`$env:NO_COLOR = `$null; Import-Module '$Manifest'; & '$Root/tools/New-Picture.ps1' -Picture $_ -Folder '$TestDrive'")
        $run.ExitCode | Should -Be 0 -Because $run.Error
        (Get-Content "$TestDrive/$_.svg" -Raw) -replace "`r`n", "`n" | Should -BeExactly ((Get-Content "$Root/docs/$_.svg" -Raw) -replace "`r`n", "`n")
    }

    It 'places the words of a column at one x, whatever the program makes of spaces' {
        $rows = ([xml] (Get-Content "$Root/docs/table.svg" -Raw)).svg.g.text | Where-Object { $_.tspan.'#text' -contains 'Paused' -or $_.tspan.'#text' -contains 'Running' }
        $rows = @($rows | Where-Object { $_.tspan[0].'#text' -ne 'PS>' })
        $rows.Count | Should -Be 9
        foreach ($column in 'Paused|Running', '^(AbTest|SmartLink|Scheduled|Changed|Unchanged)$', '^exp_') {
            $x = $rows | ForEach-Object { $_.tspan } | Where-Object { $_.'#text' -match $column } | ForEach-Object { $_.x }
            @($x).Count | Should -Be 9
            @($x | Sort-Object -Unique).Count | Should -Be 1
        }
    }
}

Describe 'README' -Skip:(-not (Test-Path "$PSScriptRoot/../../README.md")) {
    It 'lists every command of the module, and no other, with what its help says' {
        $rows = @([regex]::Matches((Get-Content "$Root/README.md" -Raw), '(?m)^\| \w+ \| \[`([A-Za-z-]+)`\]\(docs/en-US/\1\.md\) \| (.+?) \|\r?$'))

        ($rows | ForEach-Object { $_.Groups[1].Value } | Sort-Object) | Should -BeExactly @(Get-Command -Module PictifyPS -CommandType Cmdlet | ForEach-Object Name | Sort-Object)
        foreach ($row in $rows) {
            (Get-Help $row.Groups[1].Value).Synopsis | Should -BeExactly $row.Groups[2].Value
        }
    }

    It 'shows what the first command prints' -Tag Process {
        $shown = [regex]::Match((Get-Content "$Root/README.md" -Raw), '(?s)samples/pause-hero\.ps1\r?\n\r?\n```text\r?\n(.*?)```').Groups[1].Value
        $run = Invoke-Pwsh @('-Command', "`$PSStyle.OutputRendering = 'PlainText'; Import-Module '$Manifest'; & '$Samples/pause-hero.ps1'")

        $lines = { param($Text) @($Text -split '\r?\n' | ForEach-Object { $_.TrimEnd() } | Where-Object { $_ }) }
        & $lines $run.Output | Should -BeExactly (& $lines $shown)
    }
}

Describe "README's first minute" -Skip:(-not (Test-Path "$PSScriptRoot/../../README.md")) {
    BeforeAll {
        # The lines of each block of code, which README indents by four spaces.
        $section = [regex]::Match((Get-Content "$PSScriptRoot/../../README.md" -Raw), '(?s)## The first minute\r?\n(.*?)\r?\n## ').Groups[1].Value
        $blocks = @([regex]::Matches($section, '(?m)(?:^    .*\r?\n)+') | ForEach-Object { $_.Value })

        # As where nothing is set: a sandbox's ledger is in memory.
        $ledger = $env:PICTIFY_LEDGER
        $env:PICTIFY_LEDGER = $null
    }

    AfterAll {
        $env:PICTIFY_LEDGER = $ledger
    }

    It 'runs at the prompt without an error, and leaves everything as it was' {
        $before = { (Get-PictifyExperiment | ForEach-Object { "$($_.Uid) $($_.StatusText)" }) -join "`n" }
        Connect-Pictify -Sandbox
        $fresh = & $before

        $said = Invoke-Captured ([scriptblock]::Create($blocks[0]))

        $said.Errors | Should -BeNullOrEmpty
        $said.Terminating | Should -BeNullOrEmpty
        $said.Output.Count | Should -BeGreaterThan 10
        (Get-PictifyOperation | Where-Object Command -eq 'Suspend-PictifyExperiment').Changed | Should -BeGreaterThan 0
        & $before | Should -BeExactly $fresh
    }

    It 'tells of a job by its exit code: <Succeeds>' -ForEach @{ Succeeds = $true }, @{ Succeeds = $false } {
        Connect-Pictify -Sandbox
        $lines = $blocks[1] -split '\r?\n' | Where-Object { $_ -and $_ -notmatch 'PICTIFY_API_KEY' }
        @($lines).Count | Should -Be 2
        if (-not $Succeeds) { $lines = @($lines[0] -replace '^.*\|', "'exp_none' |") + $lines[1] }

        $said = Invoke-Captured ([scriptblock]::Create((($lines -join "`n") -replace 'exit 1', "'exit 1'")))

        $said.Terminating | Should -BeNullOrEmpty
        @($said.Output) -contains 'exit 1' | Should -Be (-not $Succeeds) -Because "$($said.Errors)"
    }

    It 'posts an operation in three lines' {
        $lines = @($blocks[3] -split '\r?\n' | Where-Object { $_ })
        $lines.Count | Should -Be 3
        $server = Start-RawServer { 'ok' }
        $env:SLACK_WEBHOOK = $server.Address
        try {
            Connect-Pictify -Sandbox
            $null = Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -Reason "Incident 7 - $([char]0xFC)ber"
            $said = Invoke-Captured ([scriptblock]::Create($lines -join "`n"))
        }
        finally {
            $env:SLACK_WEBHOOK = $null
            Stop-RawServer $server
        }

        $said.Errors | Should -BeNullOrEmpty
        $said.Terminating | Should -BeNullOrEmpty
        $sent = @($server.Requests)[0].Body | ConvertFrom-Json
        $sent.text | Should -BeExactly "Suspend-PictifyExperiment: 4 changed, 0 failed, 0 unknown. Incident 7 - $([char]0xFC)ber"
    }
}
