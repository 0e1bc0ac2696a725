#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What Tab offers for arguments, and that it neither waits long nor fails nor asks the service more than needed.
# That Tab asks again after two minutes is in the C# suite, which has a clock to set.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    # Names that somebody may give an experiment, each with an end that tells it from the others.
    $esc = [string] [char] 27
    $names = @(
        "Zed$([char] 0x2019); `$global:Pwned = 1; $([char] 0x2018)"
        "Zed$([char] 0x2018); `$global:Pwned = 1; $([char] 0x2019)"
        "Zed$([char] 0x201A); `$global:Pwned = 1; $([char] 0x201B)"
        "Zed'; `$global:Pwned = 1; '"
        "Zed $([char] 0x201C)`$(`$global:Pwned = 1)$([char] 0x201D) $([char] 0x201E)"
        'Zed "quoted" $(throw) $env:PATH'
        "Zed $esc[31mred$esc[0m `$(`$global:Pwned = 1) ``"
        "Zed $([char] 0x202E)dlog"
        "Zed two`r`nlines; `$global:Pwned = 1"
        'Zed [beta'
        'Zed [ab]'
        'Zed *'
        'Zed ?'
        'Zed `* tick'
        'Zed `'
        '-WhatIf Zed'
        '1kb'
        'Zed @{ } % # --% |'
        "Zed $([char] 0xE4) $([char] 0x6771)$([char] 0x4EAC) $([char] 0xD83D)$([char] 0xDC4D)"
    ) | ForEach-Object { @{ Name = $_; Shown = $_ -replace '[^\x20-\x7e]', '.' } }
}

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # What Tab offers at the end of a line.
    function Get-Completion([string] $Line) {
        [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches |
            Where-Object ResultType -EQ 'ParameterValue' |
            ForEach-Object CompletionText
    }
}

Describe 'Tab' {
    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'offers <Count>: <Line>' -ForEach @(
        @{ Line = 'Copy-PictifyExperiment exp_sandbox_0'; Count = 9; First = 'exp_sandbox_01' }
        @{ Line = 'Suspend-PictifyExperiment exp_sandbox_0'; Count = 8; First = 'exp_sandbox_01' }
        @{ Line = 'Wait-PictifyExperiment -Uid exp_sandbox_1'; Count = 3; First = 'exp_sandbox_10' }
        @{ Line = 'Suspend-PictifyExperiment -Uid newsl'; Count = 1; First = 'exp_sandbox_07' }
        @{ Line = 'Get-PictifyExperiment -Name hero'; Count = 5; First = "'Hero Summer Sale'" }
        @{ Line = 'Get-PictifyExperiment hero'; Count = 5; First = "'Hero Summer Sale'" }
        @{ Line = 'Get-PictifyExperiment -Slug hero-s'; Count = 2; First = 'hero-summer-sale' }
        @{ Line = 'Get-PictifyExperiment -Status Pau'; Count = 1; First = 'Paused' }
        @{ Line = 'Get-PictifyExperiment -Type Sma'; Count = 1; First = 'SmartLink' }
        @{ Line = 'Complete-PictifyExperiment exp_sandbox_03 -WinnerVariantId '; Count = 2; First = 'mobile' }
        @{ Line = 'Complete-PictifyExperiment -Uid exp_sandbox_01 -WinnerVariantId sh'; Count = 1; First = 'short-headline' }
        @{ Line = 'Complete-PictifyExperiment -Slug hero-app-download -WinnerVariantId '; Count = 2; First = 'mobile' }
        @{ Line = "Complete-PictifyExperiment -Name 'Hero App*' -WinnerVariantId "; Count = 2; First = 'mobile' }
        @{ Line = "Get-PictifyExperiment 'Hero App Download' | Complete-PictifyExperiment -WinnerVariantId "; Count = 2; First = 'mobile' }
        @{ Line = "Get-PictifyExperiment -Slug hero-app* -Status Running | Where-Object Name | Complete-PictifyExperiment -WinnerVariantId "; Count = 2; First = 'mobile' }
        @{ Line = "Get-PictifyExperiment -Uid exp_sandbox_01, exp_sandbox_02 | Complete-PictifyExperiment -WinnerVariantId "; Count = 2; First = 'control' }
        @{ Line = "Get-PictifyExperiment -Uid nothing-like-this | Complete-PictifyExperiment -WinnerVariantId "; Count = 0; First = $null }
        @{ Line = 'Get-PictifyExperiment $name | Complete-PictifyExperiment -WinnerVariantId sh'; Count = 1; First = 'short-headline' }
        @{ Line = 'Send-PictifyEvent -Event cl'; Count = 1; First = 'click' }
        @{ Line = 'Save-PictifyExperimentImage check'; Count = 1; First = 'checkout-trust-badge' }
        @{ Line = 'Suspend-PictifyExperiment -Uid nothing-like-this'; Count = 0; First = $null }
    ) {
        # Tab may come too early for the answer of its own request; on a busy machine that is usual.
        Wait-Until { @(Get-Completion 'Suspend-PictifyExperiment -Uid exp_').Count -gt 0 } | Should -BeTrue

        $found = @(Get-Completion $Line)

        $found.Count | Should -Be $Count
        $found | Select-Object -First 1 | Should -BeExactly $First
    }

    It 'completes to text that means that name and runs nothing: <Shown>' -ForEach $names {
        $sandbox = (Get-PictifyConnection).Sandbox
        foreach ($other in 'Zed beta', 'Zed a', 'Zed b', 'Zed x', 'Zed * more', 'Zed `', $Name) {
            $experiment = [Pictify.Experiment]::new()
            $experiment.Uid = "exp_$($sandbox.Experiments.Count)"
            $experiment.Name = $other
            $experiment.StatusText = 'running'
            $sandbox.Add($experiment)
        }

        $null = Get-PictifyExperiment
        $global:Pwned = $null
        $typed = "$Name".Substring(0, 3)
        $completed = @(foreach ($text in Get-Completion "Get-PictifyExperiment -Name '$typed") {
                $errors = $null
                $parsed = [System.Management.Automation.Language.Parser]::ParseInput("Get-PictifyExperiment -Name $text", [ref] $null, [ref] $errors)
                $errors | Should -BeNullOrEmpty -Because $text
                @($parsed.EndBlock.Statements).Count | Should -Be 1 -Because $text
                $parsed.EndBlock.Statements[0].PipelineElements.Count | Should -Be 1 -Because $text
                $parsed.EndBlock.Statements[0].PipelineElements[0].CommandElements.Count | Should -Be 3 -Because $text
                @($text.ToCharArray() | Where-Object { [char]::IsControl($_) -or $_ -eq [char] 0x202E }) | Should -BeNullOrEmpty
                @(& ([scriptblock]::Create("Get-PictifyExperiment -Name $text")) | ForEach-Object Name)
            })

        $global:Pwned | Should -BeNullOrEmpty
        $completed | Should -Contain $Name
        # Each completion found one name, its own: the one that stands twice, twice by each of its two.
        $twice = @($sandbox.Experiments | Group-Object Name -CaseSensitive | Where-Object Count -gt 1).Count
        $begins = @($sandbox.Experiments | Where-Object { $_.Name.StartsWith($typed, [StringComparison]::OrdinalIgnoreCase) }).Count
        $completed.Count | Should -Be ($begins + 2 * $twice)
    }

    It 'completes what was begun with an escaped wildcard' {
        $sandbox = (Get-PictifyConnection).Sandbox
        $experiment = [Pictify.Experiment]::new()
        $experiment.Uid = 'exp_free'
        $experiment.Name = 'Free shipping* EU'
        $sandbox.Add($experiment)
        $null = Get-PictifyExperiment

        Get-Completion "Get-PictifyExperiment -Name 'Free shipping``* E" | Should -BeExactly "'Free shipping``* EU'"
        Get-Completion "Get-PictifyExperiment -Name 'Free shipping*" | Should -BeExactly "'Free shipping``* EU'"
    }

    It 'completes slugs, variants and uids to text that runs nothing' {
        $sandbox = (Get-PictifyConnection).Sandbox
        $evil = "zed$([char] 0x2019); `$global:Pwned = 1; $([char] 0x2018)"
        $variant = [Pictify.Variant]::new()
        $variant.Id = $evil
        $experiment = [Pictify.Experiment]::new()
        $experiment.Uid = $evil
        $experiment.Slug = $evil
        $experiment.Name = 'Zed'
        $experiment.Variants = [Pictify.Variant[]] @($variant)
        $sandbox.Add($experiment)
        $null = Get-PictifyExperiment

        foreach ($line in 'Send-PictifyEvent view ', 'Suspend-PictifyExperiment -Uid ', 'Complete-PictifyExperiment -WinnerVariantId ', 'Save-PictifyExperimentImage ', 'Get-PictifyExperiment -Slug ') {
            $text = @(Get-Completion "${line}zed" | Where-Object { $_ -like '*Pwned*' })
            $text | Should -BeExactly "'zed$([char] 0x2019)$([char] 0x2019); `$global:Pwned = 1; $([char] 0x2018)$([char] 0x2018)'" -Because $line
        }
    }

    It 'offers nothing without a connection, and fails not' {
        Disconnect-Pictify
        $Error.Clear()

        Get-Completion 'Suspend-PictifyExperiment -Uid exp_' | Should -BeNullOrEmpty

        $Error.Count | Should -Be 0
    }

    It 'no longer offers what was removed' {
        $null = Get-PictifyExperiment
        Remove-PictifyExperiment exp_sandbox_12 -Confirm:$false

        Get-Completion 'Get-PictifyExperiment -Uid exp_sandbox_1' | Sort-Object | Should -BeExactly @('exp_sandbox_10', 'exp_sandbox_11')
    }
}

Describe 'Tab over HTTP' {
    BeforeAll {
        $server = Start-SandboxServer

        # The first completion in a process loads what completes; it is not measured.
        $null = Get-Completion 'Get-PictifyExperiment -Status R'
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true }
        Connect-SandboxServer $server
    }

    It 'does not hold the prompt where the service is slow' {
        # Its answer comes only once it is told to.
        Set-SandboxServer $server @{ hold = $true }

        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $found = Get-Completion 'Suspend-PictifyExperiment -Uid exp_'
        $elapsed = $clock.ElapsedMilliseconds

        Set-SandboxServer $server @{ hold = $false }
        $found | Should -BeNullOrEmpty
        $elapsed | Should -BeLessThan 2000

        # The answer is for the next Tab. No request is left for the next test, which counts its own.
        Wait-Until { @(Get-Completion 'Get-PictifyExperiment -Uid exp_').Count -eq 12 } | Should -BeTrue
    }

    It 'says nothing where the service refuses the key' {
        Set-SandboxServer $server @{ key = 'pk_test_another' }
        Connect-SandboxServer $server @{ RetryIntervalSec = 0 }
        $Error.Clear()

        Get-Completion 'Suspend-PictifyExperiment -Uid exp_' | Should -BeNullOrEmpty

        $Error.Count | Should -Be 0
        Wait-Until { (Get-SandboxServer $server).requests.'GET list' -eq 1 } | Should -BeTrue
    }

    It 'sends no request for what was just listed' {
        $null = Get-PictifyExperiment

        @(Get-Completion 'Get-PictifyExperiment -Uid exp_sandbox_0').Count | Should -Be 9

        (Get-SandboxServer $server).requests.'GET list' | Should -Be 1
    }

    It 'does not take the experiments of one command for all there are' {
        $null = Suspend-PictifyExperiment exp_sandbox_01
        Wait-Until { @(Get-Completion 'Get-PictifyExperiment -Uid exp_').Count -gt 1 } | Should -BeTrue

        @(Get-Completion 'Get-PictifyExperiment -Uid exp_sandbox_0').Count | Should -Be 9

        (Get-SandboxServer $server).requests.'GET list' | Should -Be 1
    }
}

Describe 'Tab for a command that changes a status' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $null = Get-PictifyExperiment
    }

    It 'offers what it is for: <Command> -<Parameter>' -ForEach @(
        foreach ($case in @(
                @{ Command = 'Suspend-PictifyExperiment'; Statuses = @('Running') }
                @{ Command = 'Pause-PictifyExperiment'; Statuses = @('Running') }
                @{ Command = 'Resume-PictifyExperiment'; Statuses = @('Paused') }
                @{ Command = 'PictifyPS\Resume-PictifyExperiment'; Statuses = @('Paused') }
                @{ Command = 'Start-PictifyExperiment'; Statuses = @('Draft') }
                @{ Command = 'Complete-PictifyExperiment'; Statuses = @('Paused', 'Running') }
                @{ Command = 'Remove-PictifyExperiment'; Statuses = @('Completed', 'Draft', 'Paused') }
                @{ Command = 'Get-PictifyPause'; Statuses = @('Paused') }
                @{ Command = 'Set-PictifyExperiment'; Statuses = @('Completed', 'Draft', 'Paused', 'Running') }
            )) {
            foreach ($parameter in 'Uid', 'Name', 'Slug') {
                # Set- gives a name and a slug, instead of looking for one.
                if ($case.Command -ne 'Set-PictifyExperiment' -or $parameter -eq 'Uid') {
                    $case + @{ Parameter = $parameter }
                }
            }
        }
    ) {
        $offered = @(Get-Completion "$Command -$Parameter " | ForEach-Object { $_ -replace "^'(.*)'$", '$1' })

        $wanted = @((Get-PictifyConnection).Sandbox.Experiments | Where-Object { "$($_.Status)" -in $Statuses } | ForEach-Object $Parameter)
        $offered | Sort-Object | Should -BeExactly ($wanted | Sort-Object)
    }

    It 'offers what became of an experiment, by commands of this session' {
        $null = Suspend-PictifyExperiment exp_sandbox_01

        Get-Completion 'Resume-PictifyExperiment -Uid exp_sandbox_01' | Should -BeExactly @('exp_sandbox_01')
        Get-Completion 'Suspend-PictifyExperiment -Uid exp_sandbox_01' | Should -BeNullOrEmpty
    }
}

Describe 'Tab in a session that ran nothing' {
    BeforeAll {
        $server = Start-SandboxServer

        # Completes in a runspace that has only the module: no command has run there.
        function Get-FreshCompletion($Runspace, [string] $Line) {
            $shell = [powershell]::Create()
            try {
                $shell.Runspace = $Runspace
                $null = $shell.AddScript('param($Line) [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches | Where-Object ResultType -EQ ParameterValue | ForEach-Object CompletionText; $Error | ForEach-Object { throw $_ }').AddArgument($Line)
                @($shell.Invoke())
                $shell.Streams.Error.Count | Should -Be 0
            }
            finally {
                $shell.Dispose()
            }
        }

        function New-Fresh {
            $state = [initialsessionstate]::CreateDefault2()
            $state.ImportPSModule($Manifest)
            $runspace = [runspacefactory]::CreateRunspace($state)
            $runspace.Open()
            $runspace
        }
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        $env:PICTIFY_API_KEY = $TestKey
        $env:PICTIFY_BASE_URL = $server.Address
        $fresh = New-Fresh
    }

    AfterEach {
        $fresh.Dispose()
        $env:PICTIFY_API_KEY = $env:PICTIFY_BASE_URL = $null
    }

    It 'offers what the key in PICTIFY_API_KEY may see, and the next command takes its connection over' {
        Wait-Until { @(Get-FreshCompletion $fresh 'Get-PictifyExperiment -Uid exp_').Count -eq 12 } | Should -BeTrue
        @(Get-FreshCompletion $fresh 'Resume-PictifyExperiment ') | Should -BeExactly @('exp_sandbox_04', 'exp_sandbox_10')

        # What Tab read is known still, so it asks no more.
        $shell = [powershell]::Create()
        $shell.Runspace = $fresh
        $null = $shell.AddScript('Suspend-PictifyExperiment exp_sandbox_01').Invoke()
        $shell.Dispose()
        @(Get-FreshCompletion $fresh 'Resume-PictifyExperiment ').Count | Should -Be 3
        (Get-SandboxServer $server).requests.'GET list' | Should -Be 1
    }

    It 'follows the environment' {
        Wait-Until { @(Get-FreshCompletion $fresh 'Get-PictifyExperiment -Uid exp_').Count -eq 12 } | Should -BeTrue
        $env:PICTIFY_API_KEY = $null

        @(Get-FreshCompletion $fresh 'Get-PictifyExperiment -Uid exp_') | Should -BeNullOrEmpty
    }

    It 'offers nothing, and no error, where <Case>' -ForEach @(
        @{ Case = 'nothing listens'; Key = 'pk_test_sandboxserver'; Address = 'http://127.0.0.1:9' }
        @{ Case = 'the key is refused'; Key = 'pk_test_another'; Address = $null }
        @{ Case = 'the key cannot be one'; Key = "two`nlines"; Address = $null }
        @{ Case = 'the address is none'; Key = 'pk_test_sandboxserver'; Address = 'no address' }
        @{ Case = 'the address is not https'; Key = 'pk_test_sandboxserver'; Address = 'http://pictify.example' }
    ) {
        $env:PICTIFY_API_KEY = $Key
        if ($Address) {
            $env:PICTIFY_BASE_URL = $Address
        }

        foreach ($line in 'Get-PictifyExperiment -Uid exp_', 'Get-PictifyExperiment ', 'Complete-PictifyExperiment exp_1 -WinnerVariantId ', 'Get-PictifyOperation -Id ') {
            @(Get-FreshCompletion $fresh $line) | Should -BeNullOrEmpty
        }
    }
}
