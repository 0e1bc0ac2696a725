<#
.SYNOPSIS
    Registers a Windows scheduled task that runs resume-due.ps1 every five minutes.
.DESCRIPTION
    What it needs: Windows, an elevated prompt, and the module installed for the account that the task runs as. The key must be in
                   that account's environment variable PICTIFY_API_KEY, and the task uses that account's ledger: pauses with an
                   end have to be made by the same account, or all with the same PICTIFY_LEDGER.
    Permissions:   the key may list and start experiments; the account may log on as a batch job.
    How it fails:  the task's 'Last Run Result' is the script's exit code. No second run is started while one is still running.
    Exit codes:    0 the task is registered; 1 it is not. The task has those of resume-due.ps1.
.EXAMPLE
    ./register-scheduledtask.ps1 -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $TaskName = 'Pictify resume due',
    [string] $Script = "$PSScriptRoot/resume-due.ps1",
    [int] $Minutes = 5
)

$ErrorActionPreference = 'Stop'
$shell = (Get-Process -Id $PID).Path
$action = New-ScheduledTaskAction -Execute $shell -Argument "-NoProfile -NonInteractive -File `"$Script`" -Live"
$trigger = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes $Minutes)
$settings = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -StartWhenAvailable -ExecutionTimeLimit (New-TimeSpan -Hours 1)
if ($PSCmdlet.ShouldProcess($TaskName, 'Register the scheduled task')) {
    Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $trigger -Settings $settings -Force
}
