#Requires -Modules PictifyPS

<#
.SYNOPSIS
    A runbook for Azure Automation: pauses the running experiments with a name, or resumes those whose pause is due.
.DESCRIPTION
    What it needs: a PowerShell 7.4 runtime environment with PictifyPS in it, an encrypted Automation variable 'PictifyApiKey', and
                   for pauses with an end a ledger that is kept after the runbook's sandbox is deleted: a Hybrid Runbook Worker
                   with -LedgerPath on its own disk. With -Due the file has to exist: the first pause creates it, or New-Item.
    Permissions:   the key may list, pause and start experiments; the runbook may read the variable.
    How it fails:  an experiment that could not be changed is an error in the job's stream; the job ends as Failed.
    Exit codes:    Azure Automation has none: the job is Completed if every change was made, and Failed otherwise.
.EXAMPLE
    ./azure-automation.ps1 -Name 'Hero*' -Reason 'Incident 7' -LedgerPath D:\pictify\ledger.jsonl -For 2h
.EXAMPLE
    ./azure-automation.ps1 -Due -LedgerPath D:\pictify\ledger.jsonl
#>
[CmdletBinding(DefaultParameterSetName = 'Pause')]
param(
    [Parameter(Mandatory, ParameterSetName = 'Pause')] [string] $Name,
    [Parameter(Mandatory, ParameterSetName = 'Pause')] [string] $Reason,
    [Parameter(ParameterSetName = 'Pause')] [string] $For,
    [Parameter(Mandatory, ParameterSetName = 'Due')] [switch] $Due,
    [string] $LedgerPath,
    [object] $Connection
)

$ErrorActionPreference = 'Stop'
if (-not $Connection) {
    $key = [System.Net.NetworkCredential]::new('', (Get-AutomationVariable -Name 'PictifyApiKey')).SecurePassword
    $ledger = if ($LedgerPath) { @{ LedgerPath = $LedgerPath; RequireLedger = $true } } else { @{} }
    $Connection = Connect-Pictify -ApiKey $key -PassThru @ledger
}

if ($Due) {
    Resume-PictifyExperiment -Due -Reason 'The end of the pause has come' -Connection $Connection -ErrorAction Continue
}
else {
    $end = if ($For) { @{ For = $For } } else { @{} }

    # The whole list is read first: pausing experiments changes the list of running ones.
    $running = @(Get-PictifyExperiment -Status Running -Connection $Connection -ErrorAction Continue -ErrorVariable unread)
    $running |
        Where-Object Name -like $Name |
        Suspend-PictifyExperiment -Reason $Reason -Connection $Connection -ErrorAction Continue @end
}

if ($unread.Count -gt 0) {
    throw "The list of experiments kept changing while it was read, so some may still run: see the error above, and run it again."
}

$last = Get-PictifyOperation -Last -Connection $Connection
if (-not $last.Succeeded) {
    throw "$($last.Failed) failed and $($last.Unknown) unknown of $($last.Total), with $($last.ErrorCount) errors: see above."
}
