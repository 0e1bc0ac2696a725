#Requires -Modules PictifyPS

<#
.SYNOPSIS
    Measures every experiment that runs, and pauses those in which a variant does harm; for a scheduler, every 15 minutes.
.DESCRIPTION
    What it needs: nothing. It runs against a sandbox of its own; with -Live it uses the key in PICTIFY_API_KEY.
                   The ledger must be writable: each pause is recorded with the variant, its lift and the interval as its reason.
    Permissions:   with -Live, the key may list and pause experiments.
    How it fails:  an experiment that cannot be measured or paused is an error of its own, and the rest goes on. With more than
                   -MaximumCount to pause, none is: so many at once are rather a broken counter than bad variants.
                   Running it again is safe: what is paused is not measured again.
    Exit codes:    0 nothing does harm, or all that does is paused; 1 at least one could not be measured or paused, or nothing
                   could be done; 2 something does harm and was left running, because of -ReportOnly or -WhatIf.

    The verdict holds at every look, so it may run as often as the counters change, which is about every 15 minutes:

    cron           */15 * * * *  pwsh -NoProfile -NonInteractive -File /opt/pictify/guard.ps1 -Live
    Task Scheduler schtasks /Create /TN "Pictify guard" /SC MINUTE /MO 15 /TR "pwsh -NoProfile -NonInteractive -File C:\pictify\guard.ps1 -Live"
.PARAMETER HarmMargin
    How much worse than the control is harm: 0.1 pauses what certainly loses more than a tenth of the clicks.
.PARAMETER MaximumCount
    A fuse: with more than so many to pause, nothing is paused.
.PARAMETER ReportOnly
    Measures and says what does harm, and pauses nothing.
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

# What ends a command (a refused key, a ledger that cannot be read) ends the script, with exit code 1; an experiment that fails does not
# end the others: -ErrorAction Continue below.
$ErrorActionPreference = 'Stop'

function Format-Lift([double] $Lift) {
    $Lift.ToString('+0.0 %;-0.0 %', [cultureinfo]::InvariantCulture)
}

$failures = @()
if (-not $Connection) {
    $Connection = if ($Live) { Connect-Pictify -RequireLedger -PassThru } else { Connect-Pictify -Sandbox -PassThru }
}

# All of it first: pausing what a list shows changes the list.
$harmful = @(
    Get-PictifyExperiment -Status Running -Connection $Connection -ErrorAction Continue -ErrorVariable +failures |
        Measure-PictifyExperiment -HarmMargin $HarmMargin -Connection $Connection -ErrorAction Continue -ErrorVariable +failures |
        Where-Object Verdict -EQ 'Harmful'
)
$harmful | ForEach-Object { "$($_). $($_.Advice)" }
if ($harmful.Count -gt $MaximumCount) {
    throw "$($harmful.Count) experiments do harm, and -MaximumCount is $MaximumCount, so none was paused. Are the counters right?"
}

if (-not $ReportOnly) {
    foreach ($experiment in $harmful) {
        $worst = $experiment.Variants | Where-Object Verdict -EQ 'Harmful' | Sort-Object LiftHigh | Select-Object -First 1
        $reason = "Guard: '$($worst.Id)' $(Format-Lift $worst.Lift) against '$($experiment.ControlId)', from $(Format-Lift $worst.LiftLow) to $(Format-Lift $worst.LiftHigh) with $($experiment.Confidence * 100) % confidence"
        $null = $experiment | Suspend-PictifyExperiment -Reason $reason -Ticket $Ticket -Connection $Connection -ErrorAction Continue -ErrorVariable +failures
    }
}

exit $(if ($failures.Count -gt 0) { 1 } elseif ($harmful.Count -gt 0 -and ($ReportOnly -or $WhatIfPreference)) { 2 } else { 0 })
