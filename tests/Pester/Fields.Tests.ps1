#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# That New- and Set-PictifyExperiment have a parameter for every field of an experiment, and that what it gives arrives.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    function ConvertTo-Shown([string] $Time) { "$([datetimeoffset]::Parse($Time).LocalDateTime)" }

    # Of each property: the parameters of both cmdlets that give it, and its text then.
    $fields = @(
        @{ Property = 'TemplateUid'; Given = @{ TemplateUid = 'tmpl_given' }; Shown = 'tmpl_given' }
        @{ Property = 'Variants'; Given = @{ Variant = @{ id = 'x'; weight = 2500 }, @{ id = 'y'; weight = 7500 } }; Shown = 'x y' }
        @{ Property = 'Hypothesis'; Given = @{ Hypothesis = 'Given.' }; Shown = 'Given.' }
        @{ Property = 'MinimumSampleSize'; Given = @{ MinimumSampleSize = 2345 }; Shown = '2345' }
        @{ Property = 'ConfidenceThreshold'; Given = @{ ConfidenceThreshold = 0.875 }; Shown = '0.875' }
        @{ Property = 'MinimumRunDays'; Given = @{ MinimumRunDays = 9 }; Shown = '9' }
        @{ Property = 'MinimumDetectableEffect'; Given = @{ MinimumDetectableEffect = 0.125 }; Shown = '0.125' }
        @{ Property = 'FallbackImageUrl'; Given = @{ FallbackImageUrl = 'https://given.example/x.png' }; Shown = 'https://given.example/x.png' }
        @{ Property = 'FallbackTemplateUid'; Given = @{ FallbackTemplateUid = 'tmpl_other' }; Shown = 'tmpl_other' }
        @{ Property = 'BanditConfig'; Given = @{ BanditConfig = @{ enabled = $true; algorithm = 'EpsilonGreedy' } }; Shown = 'epsilon_greedy' }
        @{ Property = 'OutputConfig'; Given = @{ OutputConfig = @{ format = 'webp'; quality = 41 } }; Shown = 'webp 41' }
        @{ Property = 'StartAt'; Given = @{ StartAt = '2027-01-02T03:04:05Z' }; Shown = ConvertTo-Shown '2027-01-02T03:04:05Z' }
        @{ Property = 'EndAt'; Given = @{ EndAt = '2027-02-02T03:04:05Z' }; Shown = ConvertTo-Shown '2027-02-02T03:04:05Z' }
        @{ Property = 'ExpiresAt'; Given = @{ ExpiresAt = '2027-03-02T03:04:05Z' }; Shown = ConvertTo-Shown '2027-03-02T03:04:05Z' }
        @{
            Property = 'GoalConfig'
            Given    = @{ GoalType = 'ClickThrough'; DestinationUrl = 'https://given.example/' }
            Shown    = 'click_through https://given.example/'
        }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'The fields of an experiment' {
    It 'that may be given are all tested here, and so are the parameters that give them' -ForEach @(, @{ Fields = $fields }) {
        $ofTheService = 'Uid', 'StatusText', 'WinnerVariantId', 'WinnerDeclaredAt', 'RenderProgress', 'CreatedAt', 'UpdatedAt'
        $settable = [Pictify.Experiment].GetProperties() | Where-Object { $_.GetSetMethod() } | ForEach-Object Name
        $parameters = @($Fields.Given.Keys)

        $settable | Where-Object { $_ -notin $ofTheService } | Sort-Object |
            Should -BeExactly @(@($Fields.Property) + 'Name', 'Slug', 'TypeText' | Sort-Object)
        $other = 'Name', 'Slug', 'Type', 'NewName', 'NewSlug', 'InputObject', 'Uid', 'Experiment', 'Reason', 'Ticket', 'Connection',
        'ThrottleLimit', 'MaximumCount', 'FailureLimit', 'Confirm', 'WhatIf'
        $other += [System.Management.Automation.Cmdlet]::CommonParameters
        foreach ($command in 'New-PictifyExperiment', 'Set-PictifyExperiment') {
            @((Get-Command $command).Parameters.Keys | Where-Object { $_ -notin $other } | Sort-Object) |
                Should -BeExactly @($parameters | Sort-Object) -Because $command
        }
    }
}

Describe '<Property>' -ForEach $fields {
    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'is given to New-PictifyExperiment' {
        $new = @{ Name = 'Given'; Type = 'AbTest'; Variant = @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 } }
        "$((New-PictifyExperiment @new -Slug plain -ErrorAction Stop).$Property)" | Should -Not -BeExactly $Shown
        foreach ($parameter in $Given.Keys) {
            $new[$parameter] = $Given[$parameter]
        }

        $uid = (New-PictifyExperiment @new -Slug given -ErrorAction Stop).Uid

        "$((Get-PictifyExperiment -Uid $uid).$Property)" | Should -BeExactly $Shown
    }

    It 'is given to Set-PictifyExperiment' {
        "$((Get-PictifyExperiment -Uid exp_sandbox_10).$Property)" | Should -Not -BeExactly $Shown

        $null = Set-PictifyExperiment exp_sandbox_10 @Given -ErrorAction Stop

        "$((Get-PictifyExperiment -Uid exp_sandbox_10).$Property)" | Should -BeExactly $Shown
    }
}
