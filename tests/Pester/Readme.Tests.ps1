#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# README's pictures: made of what the module prints in PowerShell 7, with columns in every program that draws it.

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
