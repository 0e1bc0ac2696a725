#Requires -Modules PictifyPS

<#
.SYNOPSIS
    Takes one experiment through its whole life cycle: new, start, events, pause, set, resume, complete, remove.
.DESCRIPTION
    What it needs: nothing. It runs against its own sandbox; with -BaseUri it runs over HTTP, with the key in
                   PICTIFY_API_KEY (tools/SandboxServer is such a server).
    Permissions:   with -BaseUri, the key may do everything with experiments.
    How it fails:  the first step that fails ends it.
    Exit codes:    0 every step succeeded; 1 one did not.
#>
[CmdletBinding()]
param([uri] $BaseUri)

$ErrorActionPreference = 'Stop'

function Assert-That([bool] $Condition, [string] $What) {
    if (-not $Condition) {
        throw "Check failed: $What"
    }

    "ok  $What"
}

if ($BaseUri) { Connect-Pictify -BaseUri $BaseUri } else { Connect-Pictify -Sandbox }

$variants = (New-PictifyVariant -Id control -Percent 50), (New-PictifyVariant -Id short -Percent 50 -Variables @{ headline = 'Now!' })
$experiment = New-PictifyExperiment 'Lifecycle Sample' -Type AbTest -TemplateUid tmpl_1 -Variant $variants -GoalType ClickThrough -DestinationUrl 'https://shop.example/'
Assert-That ($experiment.Status -eq 'Draft' -and $experiment.Slug -eq 'lifecycle-sample') 'a new experiment is a draft, with a slug made of its name'

$experiment = $experiment | Start-PictifyExperiment -Wait
Assert-That ($experiment.Status -eq 'Running') 'it starts'

$sent = 1..150 | ForEach-Object { @{ event = if ($_ % 3) { 'impression' } else { 'click' }; experiment = 'lifecycle-sample'; variantId = 'short' } } |
    Send-PictifyEvent
Assert-That ($sent.Count -eq 2 -and ($sent[0].Processed + $sent[1].Processed) -eq 150) 'it takes 150 events, in two batches'

$experiment = $experiment | Suspend-PictifyExperiment
Assert-That ($experiment.Status -eq 'Paused' -and $experiment.Impressions -eq 100 -and $experiment.Clicks -eq 50) 'it pauses, and keeps what it counted'

$experiment = $experiment | Set-PictifyExperiment -NewName 'Lifecycle Sample 2' -Hypothesis 'Shorter is better.'
Assert-That ($experiment.Name -eq 'Lifecycle Sample 2' -and $experiment.Variants.Count -eq 2) 'it changes what was given, and nothing else'

$experiment = $experiment | Resume-PictifyExperiment
Assert-That ($experiment.Status -eq 'Running') 'it resumes'

$experiment = $experiment | Complete-PictifyExperiment -WinnerVariantId short -Confirm:$false
Assert-That ($experiment.Status -eq 'Completed' -and $experiment.WinnerVariantId -eq 'short') 'it ends with a winner'

$experiment | Remove-PictifyExperiment -Confirm:$false
Assert-That (-not (Get-PictifyExperiment | Where-Object Slug -eq 'lifecycle-sample')) 'it is gone'
