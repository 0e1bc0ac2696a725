<#
.SYNOPSIS
    Draws the README's pictures, docs/table.svg and docs/measurements.svg: the module's output in this pwsh, with its colours.
.DESCRIPTION
    Each word has its own x, counted in characters, so that the columns stay aligned in every program that shows it:
    browsers treat xml:space differently, and a fallback font has other widths.
.PARAMETER Picture
    The pictures to draw; both by default.
.PARAMETER Folder
    The folder for the pictures.
.EXAMPLE
    dotnet run --project tools/Pwsh -- tools/New-Picture.ps1
#>
[CmdletBinding()]
param(
    [ValidateSet('table', 'measurements')]
    [string[]] $Picture = @('table', 'measurements'),
    [string] $Folder = "$PSScriptRoot/../docs"
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$env:PICTIFY_LEDGER = 'off'
$PSStyle.OutputRendering = 'Ansi'
$escape = [char]27
$invariant = [cultureinfo]::InvariantCulture
$characterWidth = 8.43
$lineHeight = 19
$colours = @{ '31' = '#f38ba8'; '32' = '#a6e3a1'; '33' = '#f9e2af'; '36' = '#89dceb'; '90' = '#7f849c' }

if (-not (Get-Module PictifyPS)) {
    Import-Module PictifyPS
}

$pictures = @{
    table        = @{
        Label    = 'Experiments, paused by one line'
        Commands = @(
            'Connect-Pictify -Sandbox'
            "Get-PictifyExperiment | Where Name -like 'Hero*' | Suspend-PictifyExperiment -Reason 'Incident 7'"
            'Get-PictifyExperiment -Status Running'
        )
    }
    measurements = @{
        Label    = 'What the numbers of running experiments say, and the harmful one paused'
        Commands = @(
            'Connect-Pictify -Sandbox'
            "`$visits = Step-PictifySandbox exp_sandbox_06 -Visitors 20000 -ClickRate @{ control = 0.04; 'short-headline' = 0.02 }"
            'Get-PictifyExperiment -Status Running | Measure-PictifyExperiment'
            "Get-PictifyExperiment -Status Running | Measure-PictifyExperiment | Where Verdict -eq Harmful | Suspend-PictifyExperiment"
        )
    }
}

function ConvertTo-Span([string] $Line) {
    $colour = $null
    $column = 0
    foreach ($part in [regex]::Split($Line, "($escape\[[0-9;]*m)")) {
        if ($part.StartsWith($escape)) {
            $colour = $colours[($part.Substring(2, $part.Length - 3) -split ';')[-1]]
            continue
        }

        foreach ($word in [regex]::Matches($part, '\S+')) {
            $x = (20 + ($column + $word.Index) * $characterWidth).ToString('0.##', $invariant)
            $fill = if ($colour) { " fill=`"$colour`"" }
            "<tspan x=`"$x`"$fill>$([System.Security.SecurityElement]::Escape($word.Value))</tspan>"
        }

        $column += $part.Length
    }
}

foreach ($name in $Picture) {
    $lines = foreach ($command in $pictures[$name].Commands) {
        "$escape[36mPS>$escape[0m $command"
        (Invoke-Expression $command | Out-String -Width 100) -split "`r?`n" | Where-Object { $_ -replace "$escape\[[0-9;]*m" -replace '\s' }
    }

    $longest = ($lines | ForEach-Object { ($_ -replace "$escape\[[0-9;]*m").TrimEnd().Length } | Measure-Object -Maximum).Maximum
    $width = [int] [Math]::Ceiling($longest * $characterWidth) + 40
    $height = $lines.Count * $lineHeight + 36
    $svg = @(
        "<svg xmlns=`"http://www.w3.org/2000/svg`" width=`"$width`" height=`"$height`" viewBox=`"0 0 $width $height`" role=`"img`" aria-label=`"$($pictures[$name].Label)`">"
        '<rect width="100%" height="100%" rx="8" fill="#1e1e2e"/>'
        '<g font-family="Menlo, Consolas, ''DejaVu Sans Mono'', monospace" font-size="14" fill="#cdd6f4">'
        for ($i = 0; $i -lt $lines.Count; $i++) {
            "<text y=`"$(32 + $i * $lineHeight)`">$(-join (ConvertTo-Span $lines[$i]))</text>"
        }
        '</g>'
        '</svg>'
    )
    [System.IO.File]::WriteAllText([System.IO.Path]::GetFullPath("$Folder/$name.svg"), ($svg -join "`n") + "`n")
}
