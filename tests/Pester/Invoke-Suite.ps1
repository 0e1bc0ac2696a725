<#
.SYNOPSIS
    Runs Pester files, and ends with exit code 1 unless tests were found and all of them passed.
.DESCRIPTION
    Used by dotnet test, build.ps1, CI and tests/Windows alike. A file that fails discovery, or a block that fails beside its tests,
    counts as failed: Pester's FailedCount alone does not say so.
.PARAMETER Path
    The files or folders; default: all of this folder.
.PARAMETER PesterManifest
    The Pester to use; default: the newest that is installed, from 5.7.0 on.
.PARAMETER SummaryFile
    Where to write counts, and the failures as text, as JSON.
#>
[CmdletBinding()]
param(
    [string[]] $Path = $PSScriptRoot,
    [string] $PesterManifest,
    [string] $SummaryFile
)

$ErrorActionPreference = 'Stop'
if ($PesterManifest) { Import-Module $PesterManifest } else { Import-Module Pester -MinimumVersion 5.7.0 }

$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'

$result = Invoke-Pester -Configuration $configuration
$failed = @(
    $result.FailedContainers | Where-Object { $_ } | ForEach-Object { "$($_.Item): discovery failed: $($_.ErrorRecord -join '; ')" }
    $result.FailedBlocks | Where-Object { $_ } | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord -join '; ')" }
    $result.Failed | Where-Object { $_ } | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord -join '; ')" }
)
if ($result.TotalCount -eq 0) {
    $failed += 'No test was found.'
}

if ($SummaryFile) {
    $summary = [ordered] @{ passedCount = $result.PassedCount; failedCount = $failed.Count; skippedCount = $result.SkippedCount; failed = $failed }
    [System.IO.File]::WriteAllText($SummaryFile, (ConvertTo-Json $summary))
}

exit [int]($failed.Count -gt 0)
