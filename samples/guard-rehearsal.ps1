#Requires -Modules PictifyPS

<#
.SYNOPSIS
    Shows how guard.ps1 detects a harmful variant: in a sandbox, with simulated visitors, within seconds.
.DESCRIPTION
    What it needs: nothing. It runs against its own sandbox, and never against the service.
    Permissions:   none.
    How it fails:  if the guard fails, or does not detect the variant within -Hours, it ends with 1.
    Exit codes:    0 the variant was detected; 1 it was not.
.PARAMETER Visitors
    How many visitors each experiment has in a quarter of an hour.
.PARAMETER Lift
    How much better the variant truly is than the control, as a fraction of the control's rate; below 0 it is worse.
.PARAMETER Seed
    Another seed simulates other visitors.
.EXAMPLE
    ./guard-rehearsal.ps1 -Lift -0.2
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 100000)]
    [int] $Visitors = 400,
    [ValidateRange(-1.0, 1.0)]
    [double] $Lift = -0.3,
    [ValidateRange(1, 1000)]
    [int] $Hours = 48,
    [int] $Seed = 1
)

$ErrorActionPreference = 'Stop'

$connection = Connect-Pictify -Sandbox -PassThru
$new = New-PictifyExperiment 'Rehearsal' -Type AbTest -Variant @{ id = 'control'; weight = 5000 }, @{ id = 'bold'; weight = 5000 } |
    Start-PictifyExperiment
$rates = @{ control = 0.05; bold = 0.05 * (1 + $Lift) }
$detected = $false
foreach ($quarter in 1..($Hours * 4)) {
    $null = $new | Step-PictifySandbox -Visitors $Visitors -ClickRate $rates -For 00:15:00 -Seed $Seed
    $report = & "$PSScriptRoot/guard.ps1" -Connection $connection
    if ($LASTEXITCODE) {
        throw "The guard ended with $LASTEXITCODE."
    }

    if ($report) {
        $detected = $true
        break
    }
}

if ($detected) {
    $report
    "Detected after $($quarter / 4) hours and $((Get-PictifyExperiment -Uid $new.Uid).Impressions) impressions:"
    if ($connection.LedgerPath -ne 'off') {
        "Recorded reason: $((Get-PictifyOperation -Last -Connection $connection).Reason)"
    }
}
else {
    "Not detected within $Hours hours."
    $new.Uid | Measure-PictifyExperiment | ForEach-Object Advice
}

exit [int](-not $detected)
