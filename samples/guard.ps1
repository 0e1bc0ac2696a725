#Requires -Modules PictifyPS

<#
.SYNOPSIS
    Measures all running experiments, and pauses those with a harmful variant; for a scheduler, every 15 minutes.
.DESCRIPTION
    What it needs: nothing. It runs against its own sandbox; with -Live it uses the key in PICTIFY_API_KEY.
                   The ledger must be writable: each pause is recorded with the variant, its lift and the interval as its reason.
    Permissions:   with -Live, the key may list and pause experiments.
    How it fails:  each experiment that cannot be measured or paused is an error, and the others are still handled. If more than
                   -MaximumCount are to be paused, none is: a broken counter is then more probable than bad variants.
                   Running it again is safe: paused experiments are not measured again.
    Exit codes:    0 no experiment is harmful, or all harmful ones are paused; 1 at least one could not be measured or paused, or
                   the script could not run; 2 a harmful one is still running, because of -ReportOnly or -WhatIf.

    The verdict is valid however often you measure, so run it as often as the counters change, about every 15 minutes:

    cron           */15 * * * *  pwsh -NoProfile -NonInteractive -File /opt/pictify/guard.ps1 -Live
    Task Scheduler schtasks /Create /TN "Pictify guard" /SC MINUTE /MO 15 /TR "pwsh -NoProfile -NonInteractive -File C:\pictify\guard.ps1 -Live"
.PARAMETER HarmMargin
    How much worse than the control is harmful: 0.1 pauses experiments that certainly lose more than a tenth of the clicks.
.PARAMETER MaximumCount
    A safety limit: with more than this many to pause, nothing is paused.
.PARAMETER ReportOnly
    Measures and reports which experiments are harmful, and pauses none.
.PARAMETER Connection
    A connection to use instead of the sandbox or the key, from 'Connect-Pictify -PassThru'.
.EXAMPLE
    ./guard.ps1 -Live -ReportOnly
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [ValidateRange(0.0, 0.99)]
    [double] $HarmMargin = 0,
    [ValidateRange(1, 1000000)]
    [int] $MaximumCount = 10,
    [string] $Ticket,
    [switch] $ReportOnly,
    [switch] $Live,
    [object] $Connection
)

# A terminating error (a refused key, a ledger that cannot be read) ends the script, with exit code 1; an experiment that fails does not end
# the script: -ErrorAction Continue below.
$ErrorActionPreference = 'Stop'

function Format-Lift([double] $Lift) {
    $Lift.ToString('+0.0 %;-0.0 %', [cultureinfo]::InvariantCulture)
}

$failures = @()
if (-not $Connection) {
    $Connection = if ($Live) { Connect-Pictify -RequireLedger -PassThru } else { Connect-Pictify -Sandbox -PassThru }
}

# The whole list is read first: pausing experiments changes the list of running ones.
$harmful = @(
    Get-PictifyExperiment -Status Running -Connection $Connection -ErrorAction Continue -ErrorVariable +failures |
        Measure-PictifyExperiment -HarmMargin $HarmMargin -Connection $Connection -ErrorAction Continue -ErrorVariable +failures |
        Where-Object Verdict -EQ 'Harmful'
)
$harmful | ForEach-Object { "$($_). $($_.Advice)" }
if ($harmful.Count -gt $MaximumCount) {
    throw "$($harmful.Count) experiments are harmful, and -MaximumCount is $MaximumCount, so none was paused. Are the counters right?"
}

if (-not $ReportOnly) {
    foreach ($experiment in $harmful) {
        $worst = $experiment.Variants | Where-Object Verdict -EQ 'Harmful' | Sort-Object LiftHigh | Select-Object -First 1
        $reason = "Guard: '$($worst.Id)' $(Format-Lift $worst.Lift) against '$($experiment.ControlId)', from $(Format-Lift $worst.LiftLow) to $(Format-Lift $worst.LiftHigh) with $($experiment.Confidence * 100) % confidence"
        $null = $experiment | Suspend-PictifyExperiment -Reason $reason -Ticket $Ticket -Connection $Connection -ErrorAction Continue -ErrorVariable +failures
    }
}

exit $(if ($failures.Count -gt 0) { 1 } elseif ($harmful.Count -gt 0 -and ($ReportOnly -or $WhatIfPreference)) { 2 } else { 0 })
