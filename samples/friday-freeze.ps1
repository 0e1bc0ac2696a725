#Requires -Modules PictifyPS

<#
.SYNOPSIS
    Pauses all running experiments until Monday 08:00, with a reason; resume-due.ps1 resumes them then.
.DESCRIPTION
    What it needs: nothing. It runs against its own sandbox; with -Live it uses the key in PICTIFY_API_KEY.
                   The ledger must be writable: a pause that is not recorded would never end.
    Permissions:   with -Live, the key may list and pause experiments.
    How it fails:  each experiment that could not be paused is an error, and the others are still paused. So is a list that
                   kept changing while it was read: what it showed is paused, and more may run. Running it again is safe.
    Exit codes:    0 all are paused; 1 at least one is not, or may not be.
.PARAMETER Until
    When the freeze ends; such as 'Monday 08:00', or '2027-01-04 08:00'.
.PARAMETER Connection
    A connection to use instead of the sandbox or the key, from 'Connect-Pictify -PassThru'.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object] $Until = 'Monday 08:00',
    [string] $Reason = 'Friday freeze',
    [string] $Ticket,
    [switch] $Live,
    [object] $Connection
)

# A terminating error (a refused key, a ledger that cannot be read) ends the script, with exit code 1; an experiment that fails does not end
# the script: -ErrorAction Continue below.
$ErrorActionPreference = 'Stop'

if (-not $Connection) {
    $Connection = if ($Live) { Connect-Pictify -RequireLedger -PassThru } else { Connect-Pictify -Sandbox -PassThru }
}

# The whole list is read first: pausing experiments changes the list of running ones.
$running = @(Get-PictifyExperiment -Status Running -Connection $Connection -ErrorAction Continue -ErrorVariable unread)
$running | Suspend-PictifyExperiment -Until $Until -Reason $Reason -Ticket $Ticket -Connection $Connection -ErrorAction Continue

# Under -WhatIf nothing is changed, so there is no operation.
if (-not $WhatIfPreference) {
    $freeze = Get-PictifyOperation -Last -Connection $Connection
    "Paused until $($freeze.Until): $($freeze.Changed) of $($freeze.Total). Undo-PictifyOperation $($freeze.Id) undoes it."
}

exit [int]($unread.Count -gt 0 -or ($freeze -and -not $freeze.Succeeded))
