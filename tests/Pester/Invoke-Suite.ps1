<#
.SYNOPSIS
    Runs Pester files, and ends with exit code 1 unless tests were found in each and all of them passed.
.DESCRIPTION
    Used by dotnet test, build.ps1, CI and tests/Windows alike. A file that fails discovery, or a block that fails beside its tests,
    counts as failed: Pester's FailedCount alone does not say so. The files run one after the other in this process.
.PARAMETER Path
    The files or folders; default: all of this folder.
.PARAMETER PesterManifest
    The Pester to use; default: the newest that is installed, from 5.7.0 on.
.PARAMETER ExcludeTag
    Leaves out blocks and tests with one of these tags: Process (they start processes that Wine does not bear), Measure (they measure
    time or memory), Long (they are for a fast machine). A list may be one text with commas, as pwsh -File gives it.
.PARAMETER SummaryFolder
    Where to write for each file, when it has ended, pester.<its name>.json: counts, seconds, and the failures as text.
#>
[CmdletBinding()]
param(
    [string[]] $Path = $PSScriptRoot,
    [string] $PesterManifest,
    [string[]] $ExcludeTag = @(),
    [string] $SummaryFolder
)

$ErrorActionPreference = 'Stop'
if ($PesterManifest) { Import-Module $PesterManifest } else { Import-Module Pester -MinimumVersion 5.7.0 }

$total = @{ Passed = 0; Failed = 0; Skipped = 0 }
foreach ($file in Get-ChildItem $Path -Filter *.Tests.ps1) {
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $file.FullName
    $configuration.Run.PassThru = $true
    $configuration.Filter.ExcludeTag = @($ExcludeTag -split ',' | Where-Object { $_ })
    $configuration.Output.Verbosity = 'Detailed'

    $result = Invoke-Pester -Configuration $configuration
    $failed = @(
        $result.FailedContainers | Where-Object { $_ } | ForEach-Object { "$($_.Item): discovery failed: $($_.ErrorRecord -join '; ')" }
        $result.FailedBlocks | Where-Object { $_ } | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord -join '; ')" }
        $result.Failed | Where-Object { $_ } | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord -join '; ')" }
    )
    if ($result.TotalCount -eq 0) {
        $failed += "No test was found in $file."
    }

    if ($SummaryFolder) {
        $summary = [ordered] @{
            passedCount  = $result.PassedCount
            failedCount  = $failed.Count
            skippedCount = $result.SkippedCount
            seconds      = [Math]::Round($result.Duration.TotalSeconds, 1)
            failed       = $failed
        }
        $target = Join-Path $SummaryFolder "pester.$($file.Name -replace '\.Tests\.ps1$').json"
        [System.IO.File]::WriteAllText($target, (ConvertTo-Json $summary))
    }

    $total.Passed += $result.PassedCount
    $total.Failed += $failed.Count
    $total.Skipped += $result.SkippedCount
}

"In all: $($total.Passed) passed, $($total.Failed) failed, $($total.Skipped) skipped."
exit [int]($total.Failed -gt 0 -or $total.Passed -eq 0)
