<#
.SYNOPSIS
    Pauses every running experiment whose name begins with Hero, and shows what was paused.
.DESCRIPTION
    What it needs: nothing. It runs against a sandbox of its own; with -Live it uses the key in PICTIFY_API_KEY.
    How it fails:  an experiment that could not be paused is an error of its own, and the rest goes on.
    Exit codes:    0 all are paused; 1 at least one is not, or nothing could be done.
#>
[CmdletBinding(SupportsShouldProcess)]
param([switch] $Live)

Import-Module "$PSScriptRoot/../PictifyPS.psd1" -ErrorAction Stop
if (-not $Live) {
    Connect-Pictify -Sandbox
}

Get-PictifyExperiment |
    Where-Object Name -like 'Hero*' |
    Suspend-PictifyExperiment -ErrorVariable failures

exit [int]($failures.Count -gt 0)
