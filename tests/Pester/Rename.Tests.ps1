#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What -Name is: in every cmdlet that changes experiments it says which are meant. What one is to be called is -NewName and -NewSlug,
# which are for one experiment; -WhatIf and -Confirm show each field as it is and as it would be.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $changing = @(
        @{ Call = 'Suspend-PictifyExperiment' }
        @{ Call = 'Resume-PictifyExperiment' }
        @{ Call = 'Start-PictifyExperiment' }
        @{ Call = 'Complete-PictifyExperiment -WinnerVariantId control -Confirm:$false' }
        @{ Call = 'Remove-PictifyExperiment -Confirm:$false' }
        @{ Call = 'Copy-PictifyExperiment -NewSlug copied' }
        @{ Call = 'Set-PictifyExperiment -FallbackImageUrl https://shop.example/closed.png' }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1

    function Get-Name { (Get-PictifyExperiment).Name }
}

Describe 'Set-PictifyExperiment -Name' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
        $names = Get-Name
    }

    It 'selects by name and wildcard, and renames nothing' {
        $set = @(Set-PictifyExperiment -Name 'hero s*', 'Pricing Page Card' -ConfidenceThreshold 0.9 -ErrorAction Stop)

        $set.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_04', 'exp_sandbox_10')
        $set.ConfidenceThreshold | Should -Be @(0.9, 0.9, 0.9)
        $sandbox.Requests['PUT experiment'] | Should -Be 3
        Get-Name | Should -BeExactly $names
    }

    It 'is an error where no experiment has the name' {
        $said = Invoke-Captured { Set-PictifyExperiment -Name 'No Such Name' -ConfidenceThreshold 0.9 }

        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'alone changes nothing: <Script>' -ForEach @(
        @{ Script = "Set-PictifyExperiment -Name 'Hero*'" }
        @{ Script = "Get-PictifyExperiment -Status Paused | Set-PictifyExperiment -Name 'Hero*'" }
        @{ Script = "Get-PictifyExperiment -Status Paused | Set-PictifyExperiment -Name 'Hero*' -FallbackImageUrl https://shop.example/closed.png" }
        @{ Script = "Set-PictifyExperiment exp_sandbox_01 -Name 'New'" }
        @{ Script = "Set-PictifyExperiment -Uid exp_sandbox_01 -Name 'New'" }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -Not -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        $sandbox.ChangeRequests | Should -Be 0
        Get-Name | Should -BeExactly $names
    }
}

Describe 'What selects, beside piped experiments, is one clear error: <Call>' -ForEach $changing {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'with <Selection>' -ForEach @(
        @{ Selection = "-Name 'Hero*'"; Parameter = '-Name' }
        @{ Selection = '-Uid exp_sandbox_01'; Parameter = '-Uid' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create("Get-PictifyExperiment -Status Paused | $Call $Selection"))

        Get-ErrorId $said.Terminating | Should -BeExactly 'InvalidArgument'
        "$($said.Terminating)" | Should -BeLike "$Parameter selects experiments, and so does the pipeline*"
        $said.Errors + $said.Output | Should -BeNullOrEmpty
        $sandbox.Requests.Count | Should -Be 0
    }
}

Describe 'A new name or slug' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'is given to the one that is named: <Script>' -ForEach @(
        @{ Script = "Set-PictifyExperiment exp_sandbox_04 -NewName 'Renamed' -NewSlug renamed-1" }
        @{ Script = "Set-PictifyExperiment -Name 'Hero Spring*' -NewName 'Renamed' -NewSlug renamed-1" }
        @{ Script = "'exp_sandbox_04' | Set-PictifyExperiment -NewName 'Renamed' -NewSlug renamed-1" }
        # The same one twice is one.
        @{ Script = "'exp_sandbox_04', 'exp_sandbox_04' | Set-PictifyExperiment -NewName 'Renamed' -NewSlug renamed-1 | Select-Object -Last 1" }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        $seen = Get-PictifyExperiment -Uid exp_sandbox_04
        $seen.Name | Should -BeExactly 'Renamed'
        $seen.Slug | Should -BeExactly 'renamed-1'
    }

    It 'for more than one experiment is refused, and nothing is sent: <Script>' -ForEach @(
        @{ Script = "Get-PictifyExperiment 'Hero*' | Set-PictifyExperiment -NewName 'Same'"; Says = '*ForEach-Object { $_ | Set-PictifyExperiment -NewName (*' }
        @{ Script = "Set-PictifyExperiment -Name 'Hero*' -NewName 'Same' -ConfidenceThreshold 0.9"; Says = '-NewName is for one experiment*' }
        @{ Script = "'exp_sandbox_04', 'exp_sandbox_10' | Set-PictifyExperiment -NewName 'Same'"; Says = '-NewName is for one experiment*exp_sandbox_04, exp_sandbox_10*' }
        @{ Script = "Set-PictifyExperiment -Uid exp_sandbox_04, exp_sandbox_10 -NewSlug same-1"; Says = '-NewSlug is for one experiment*' }
        @{ Script = "'exp_sandbox_04', 'exp_sandbox_10' | Set-PictifyExperiment -NewSlug same-1 -MaximumCount 5"; Says = '-NewSlug is for one experiment*' }
        @{ Script = "'exp_sandbox_04', 'exp_sandbox_10' | Set-PictifyExperiment -NewName 'Same' -WhatIf"; Says = '-NewName is for one experiment*' }
        @{ Script = "Get-PictifyExperiment 'Hero*' | Copy-PictifyExperiment -NewSlug same-1"; Says = '*ForEach-Object { $_ | Copy-PictifyExperiment -NewSlug (*' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        Get-ErrorId $said.Terminating | Should -BeExactly 'NotForSeveral'
        "$($said.Terminating)" | Should -BeLike $Says
        $said.Output | Should -BeNullOrEmpty
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'of each its own goes by the line that the error names' {
        $said = Invoke-Captured { Get-PictifyExperiment 'Hero S*' | Set-PictifyExperiment -NewName 'Same' }
        $line = [regex]::Match("$($said.Terminating)", 'ForEach-Object \{.*\}').Value

        $set = @(& ([scriptblock]::Create("Get-PictifyExperiment 'Hero S*' | $line")))

        $set.Name | Should -BeExactly @('Hero Summer Sale 2', 'Hero Spring Launch 2')
    }

    It 'is not taken from a script block, whose source it would be' {
        $said = Invoke-Captured { Get-PictifyExperiment 'Hero Summer*' | Set-PictifyExperiment -NewSlug { $_.Slug + '-2' } }

        "$($said.Terminating)" | Should -BeLike '*ForEach-Object { $_ | Set-PictifyExperiment -NewSlug ($_.Slug + ''-2'') }*'
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'is recorded by the names of the fields' {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid())")
        $null = Set-PictifyExperiment exp_sandbox_04 -NewName 'Renamed' -NewSlug renamed-1 -MinimumRunDays 3

        (Get-PictifyOperation -Last).Entries[0].Detail | Should -BeExactly 'minimumRunDays,slug,name'
    }
}

Describe 'What Set-PictifyExperiment would change' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'is each field as it is and as it would be: <Script>' -ForEach @(
        @{ Script = "Set-PictifyExperiment exp_sandbox_01 -MinimumRunDays 14 -NewName 'Hero 2' -WhatIf"; Action = "Set name 'Hero Summer Sale' -> 'Hero 2', minimumRunDays 7 -> 14" }
        @{ Script = "Get-PictifyExperiment 'Hero Summer*' | Set-PictifyExperiment -ConfidenceThreshold 0.9 -WhatIf"; Action = 'Set confidenceThreshold 0.95 -> 0.9' }
        @{ Script = "Set-PictifyExperiment exp_sandbox_04 -NewSlug spring-2 -FallbackImageUrl https://shop.example/a.png -WhatIf"; Action = "Set slug 'hero-spring-launch' -> 'spring-2', fallbackImageUrl none -> 'https://shop.example/a.png'" }
        @{ Script = "Set-PictifyExperiment exp_sandbox_01 -DestinationUrl https://shop.example/sale -WhatIf"; Action = "Set goalConfig.destinationUrl 'https://shop.example/landing' -> 'https://shop.example/sale'" }
        @{ Script = "Set-PictifyExperiment exp_sandbox_01 -DestinationUrl https://shop.example/landing -WhatIf"; Action = 'Set goalConfig as it is' }
        @{ Script = "Set-PictifyExperiment exp_sandbox_04 -BanditConfig @{ enabled = `$true } -OutputConfig @{ format = 'webp' } -WhatIf"; Action = "Set banditConfig.enabled false -> true, outputConfig.format 'png' -> 'webp'" }
        @{ Script = "Set-PictifyExperiment exp_sandbox_04 -Variant @{ id = 'control'; weight = 1000 }, @{ id = 'b'; weight = 9000 } -WhatIf"; Action = 'Set variants control 5000; short-headline 5000 -> control 1000; b 9000' }
        @{ Script = "Set-PictifyExperiment exp_sandbox_01 -MinimumRunDays 14 -Reason 'Slow week' -Ticket OPS-7 -WhatIf"; Action = "Set minimumRunDays 7 -> 14, reason 'Slow week', ticket OPS-7" }
    ) {
        $whatIf = Get-WhatIf ([scriptblock]::Create($Script))

        $whatIf.Said.Terminating | Should -BeNullOrEmpty
        $whatIf.Said.Errors | Should -BeNullOrEmpty
        $whatIf.Actions | Should -BeExactly @($Action)
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'shows texts without their control characters, and not without a bound' {
        $experiment = [Pictify.Experiment] @{ Uid = 'exp_sandbox_evil'; Slug = 'evil'; Name = "Evil$([char] 27)]0;owned$([char] 7)$([char] 0x202E)name"; TypeText = 'ab_test'; StatusText = 'paused'; Hypothesis = 'x' * 100000 }
        $sandbox.Add($experiment)

        $whatIf = Get-WhatIf { Set-PictifyExperiment exp_sandbox_evil -NewName "new$([char] 27)[2J" -Hypothesis 'short' -WhatIf }

        $whatIf.Actions.Count | Should -Be 1
        $whatIf.Actions[0] | Should -BeLike 'Set name ''Evil*owned*name'' -> ''new*'', hypothesis ''xxx*'' -> ''short'''
        $whatIf.Actions[0] | Should -Not -Match '[\u001b\u0007\u202e]'
        $whatIf.Actions[0].Length | Should -BeLessThan 1000
    }

    It 'is in the question of -Confirm too' -Tag Process {
        $file = Join-Path $TestDrive 'ask-set.ps1'
        [System.IO.File]::WriteAllText($file, @"
Import-Module '$($Manifest.Replace("'", "''"))'
Connect-Pictify -Sandbox
`$null = Set-PictifyExperiment exp_sandbox_01 -NewName 'Hero 2' -Confirm
"is `$((Get-PictifyExperiment -Uid exp_sandbox_01).Name)"
`$null = 'exp_sandbox_01', 'exp_sandbox_02' | Suspend-PictifyExperiment -Confirm
"are `$((Get-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_02).Status)"
"@)
        $run = Invoke-Pwsh '-File', $file -Answers 'n', 'n', 'y'

        # On Windows the question goes to the console, and not to an output that is read.
        if (-not $IsWindowsHere) {
            # The host breaks lines where the console ends.
            $text = $run.Output -replace '\s+', ' '
            $text.Contains("Set name 'Hero Summer Sale' -> 'Hero 2'") | Should -BeTrue -Because "$($run.Output)$($run.Error)"
            $text.Contains("Experiment 'Hero Homepage Headline' (exp_sandbox_02)") | Should -BeTrue -Because "$($run.Output)$($run.Error)"
        }

        $lines = ($run.Output -split "`n").Trim()
        $lines | Should -Contain 'is Hero Summer Sale'
        $lines | Should -Contain 'are Running Paused'
    }
}
