#Requires -Modules PictifyPS

<#
.SYNOPSIS
    Pauses every running experiment whose name begins with Hero, and shows what was paused.
.DESCRIPTION
    What it needs: nothing. It runs against its own sandbox; with -Live it uses the key in PICTIFY_API_KEY.
    Permissions:   with -Live, the key may list and pause experiments.
    How it fails:  each experiment that could not be paused is an error, and the others are still paused.
    Exit codes:    0 all are paused; 1 at least one is not, or the script could not run.
#>
[CmdletBinding(SupportsShouldProcess)]
param([switch] $Live)

# A terminating error (a refused key, a ledger that cannot be read) ends the script, with exit code 1; an experiment that fails does not end
# the script: -ErrorAction Continue below.
$ErrorActionPreference = 'Stop'

if (-not $Live) {
    Connect-Pictify -Sandbox
}

$failures = @()
Get-PictifyExperiment -ErrorAction Continue -ErrorVariable +failures |
    Where-Object Name -like 'Hero*' |
    Suspend-PictifyExperiment -ErrorAction Continue -ErrorVariable +failures

exit [int]($failures.Count -gt 0)
