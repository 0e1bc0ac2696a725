#Requires -Modules PictifyPS

<#
.SYNOPSIS
    Resumes the experiments whose pause is due; for a scheduler, as often as once a minute.
.DESCRIPTION
    What it needs: nothing. It runs against its own sandbox, in which nothing is due; with -Live it uses the key in
                   PICTIFY_API_KEY. It reads the ledger that the pauses were recorded in: the same user on the same
                   machine, or the same file in PICTIFY_LEDGER. A file that is named there has to exist: create an
                   empty one if this runs before the first pause is made.
    Permissions:   with -Live, the key may list and start experiments.
    How it fails:  each experiment that could not be resumed is an error, and is tried again at the next run. One that was
                   completed or removed meanwhile is an error once.
    Exit codes:    0 every experiment that was due runs; 1 at least one does not, or may not.
.PARAMETER Connection
    A connection to use instead of the sandbox or the key, from 'Connect-Pictify -PassThru'.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [switch] $Live,
    [object] $Connection
)

# A terminating error (a refused key, a ledger that cannot be read) ends the script, with exit code 1; an experiment that fails does not end
# the script: -ErrorAction Continue below.
$ErrorActionPreference = 'Stop'

if (-not $Connection) {
    $Connection = if ($Live) { Connect-Pictify -RequireLedger -PassThru } else { Connect-Pictify -Sandbox -PassThru }
}

Resume-PictifyExperiment -Due -Reason 'The end of the pause has come' -Connection $Connection -ErrorAction Continue -ErrorVariable failures

exit [int]($failures.Count -gt 0)
