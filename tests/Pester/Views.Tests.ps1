#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What a person sees: tables of experiments, variants, operations and their entries, an error's text, and names that hold control characters.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    $isSeven = $PSVersionTable.PSVersion.Major -ge 7
}

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # The lines of what is shown, without the empty ones and without spaces at the end.
    function Get-ShownLine([int] $Width = 80) {
        $input | Get-Shown $Width | ForEach-Object { $_.TrimEnd() } | Where-Object { $_ }
    }
}

Describe 'The table at a width of <_>' -ForEach 80, 120 {
    BeforeAll {
        $width = $_
    }

    It 'of experiments fits and cuts nothing off' {
        Connect-Pictify -Sandbox

        $lines = @(Get-PictifyExperiment | Get-ShownLine $width)

        $lines.Count | Should -Be 14
        ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual $width
        ($lines -join '').Contains([string] [char] 0x2026) | Should -BeFalse
        $lines[0] | Should -MatchExactly '^Name +Status +Type +Impressions +Uid$'
        $lines[2] | Should -MatchExactly '^Hero Summer Sale +Running +AbTest +96114 +exp_sandbox_01$'
    }

    It 'of operations and of their entries fits, and the operation is not cut off' {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid())")
        $null = Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -Reason 'Incident 7'

        $operations = @(Get-PictifyOperation | Get-ShownLine $width)
        $entries = @((Get-PictifyOperation -Last).Entries | Get-ShownLine $width)

        $operations.Count | Should -Be 3
        $operations[0] | Should -MatchExactly '^StartedAt +User +Command +Changed +Failed +Unknown +Reason'
        $operations[2] | Should -MatchExactly '^[0-9-]{10} [0-9:]{5} \S+ +Suspend +4 +0 +0 Incident 7$'
        ($operations -join '').Contains([string] [char] 0x2026) | Should -BeFalse
        $entries[0] | Should -MatchExactly '^Time +Outcome +After +Name +Uid +Error'
        $entries[2] | Should -MatchExactly '^[0-9-]{10} [0-9:]{5} Changed +paused +Hero'
        @($entries | Where-Object { $_ -match 'exp_sandbox_' }).Count | Should -Be 5
        $entries.Count | Should -Be 7
        ($operations + $entries | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual $width
    }
}

Describe 'An object that comes after one of another type' {
    BeforeDiscovery {
        . $PSScriptRoot/Common.ps1

        # What the cmdlets say they emit, and what stands in properties of it.
        $own = @((Get-Command -Module PictifyPS -CommandType Cmdlet).OutputType.Type | Where-Object { "$_" -match '^Pictify' })
        $types = @($own + @([Pictify.Ledger.LedgerEntry], [Pictify.Statistics.VariantMeasurement]) | Sort-Object FullName -Unique |
                ForEach-Object { @{ Type = $_.FullName } })
    }

    It 'is one of a type that names the properties to show: <Type>' -ForEach $types {
        $object = [System.Runtime.Serialization.FormatterServices]::GetUninitializedObject(($Type -as [type]))

        [string[]] $shown = $object.PSStandardMembers.DefaultDisplayPropertySet.ReferencedPropertyNames

        $shown.Count | Should -BeGreaterThan 0
        $shown.Count | Should -BeLessOrEqual 5
        $shown | Where-Object { -not ($Type -as [type]).GetProperty($_) } | Should -BeNullOrEmpty
    }

    It 'is shown in five lines, also after the module was imported a second time' {
        $script = @'
param($Manifest, $Ledger)
Import-Module $Manifest
Import-Module $Manifest -Force
Import-Module $Manifest
Connect-Pictify -Sandbox -LedgerPath $Ledger
Get-PictifyConnection
Get-PictifyExperiment 'Hero Summer*'
$null = Suspend-PictifyExperiment exp_sandbox_01
Get-PictifyOperation
Get-PictifyPause 'Hero Summer*'
Get-PictifyExperimentQuota | Select-Object -First 1
Test-PictifyConnection
'@
        $file = Join-Path $TestDrive 'two-kinds.ps1'
        [System.IO.File]::WriteAllText($file, $script)

        $run = Invoke-Pwsh '-File', $file, $Manifest, (Join-Path $TestDrive 'two-kinds.jsonl')

        $run.Error | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $blocks = @($run.Output -replace "$([char] 27)\[[0-9;]*m" -split "`n\s*`n" | Where-Object { $_.Trim() })
        $blocks.Count | Should -Be 6 -Because $run.Output
        @($blocks[1].Trim() -split "`n" | ForEach-Object { ($_ -split ' *: ')[0] }) | Should -BeExactly @('Name', 'Status', 'Type', 'Impressions', 'Uid')
        foreach ($block in $blocks | Select-Object -Skip 1) {
            @($block.Trim() -split "`n").Count | Should -BeLessOrEqual 5 -Because $block
        }
    }
}

Describe 'The list of what has no table' {
    It 'has every property, as a list: <Script>' -ForEach @(
        @{ Script = 'Test-PictifyConnection'; Properties = 14 }
        @{ Script = 'Test-PictifyLedger'; Properties = 6 }
    ) {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid())")
        $null = Suspend-PictifyExperiment exp_sandbox_01

        $lines = @(& ([scriptblock]::Create($Script)) | Get-ShownLine 200)

        @($lines | Where-Object { $_ -match '^\w+ +: ?' }).Count | Should -Be $Properties -Because "$lines"
    }
}

Describe 'The table of variants' {
    It 'shows weights and rates as percentages' {
        Connect-Pictify -Sandbox

        $lines = @((Get-PictifyExperiment -First 1).Variants | Get-ShownLine)

        $lines.Count | Should -Be 4
        $lines[0] | Should -MatchExactly '^Id +Name +Weight +Default +Impressions +Clicks +Rate$'
        $lines[2] | Should -MatchExactly '^control +Control +50 % +False +48210 +3127 +6[.,]49 %$'
    }
}

Describe 'A name and a status with control characters' {
    BeforeAll {
        $server = Start-SandboxServer
        $evil = "Evil$([char] 27)]0;owned$([char] 7)$([char] 0x202E)name"
        Set-SandboxServer $server @{ reset = $true; experiments = @(@{ uid = 'exp_1'; name = $evil; status = "$([char] 27)[2J" }) }
        Connect-SandboxServer $server
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    It 'arrive as they are' {
        $experiment = Get-PictifyExperiment

        $experiment.Name | Should -BeExactly $evil
        $experiment.StatusText | Should -BeExactly "$([char] 27)[2J"
    }

    It 'send no sequence to the terminal but colours: in <_>' -ForEach 'the table', 'the list', '-WhatIf' {
        $rendering = if ($PSStyle) { $PSStyle.OutputRendering }
        $transcript = Join-Path $TestDrive "$([guid]::NewGuid()).txt"
        try {
            if ($PSStyle) {
                $PSStyle.OutputRendering = 'Ansi'
            }

            $text = switch ($_) {
                'the table' { Get-PictifyExperiment | Out-String -Width 200 }
                'the list' { Get-PictifyExperiment | Format-List | Out-String -Width 200 }
                '-WhatIf' {
                    $null = Start-Transcript $transcript
                    try {
                        Suspend-PictifyExperiment -Name Evil* -WhatIf
                    }
                    finally {
                        $null = Stop-Transcript
                    }

                    [System.IO.File]::ReadAllText($transcript)
                }
            }
        }
        finally {
            if ($PSStyle) {
                $PSStyle.OutputRendering = $rendering
            }
        }

        $text.Contains('owned') | Should -BeTrue -Because $text
        $text | Should -Not -Match "$([char] 27)(?!\[[0-9;]*[mK])"
        $text.Contains([string] [char] 7) | Should -BeFalse
        $text.Contains([string] [char] 0x202E) | Should -BeFalse
    }
}

Describe 'An error' {
    # Windows PowerShell adds where the command stands; the message itself is the same.
    It 'is shown in one line with what failed and why' -Skip:(-not $isSeven) {
        Connect-Pictify -Sandbox

        # Typed at a prompt, a command has no script: the error then shows no script's line.
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript('param($Manifest, $Connection) Import-Module $Manifest; Connect-Pictify -Sandbox $Connection.Sandbox').
                AddArgument($Manifest).AddArgument((Get-PictifyConnection)).Invoke()
            $shell.Commands.Clear()
            $null = $shell.AddScript('Suspend-PictifyExperiment exp_sandbox_12').Invoke()
            $shell.Streams.Error.Count | Should -Be 1
            $lines = @($shell.Streams.Error | Get-ShownLine 200)
        }
        finally {
            $shell.Dispose()
        }

        $lines | Should -BeExactly @("Suspend-PictifyExperiment: exp_sandbox_12: It is 'completed', and the service refused to pause it (HTTP 409). An experiment with that status cannot change to another one. The service's message: An experiment that is completed cannot be paused.")
    }

    It 'has a message with what failed and why' {
        Connect-Pictify -Sandbox

        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_12 }

        $said.Errors.Count | Should -Be 1
        $said.Errors[0].ToString() | Should -BeExactly "exp_sandbox_12: It is 'completed', and the service refused to pause it (HTTP 409). An experiment with that status cannot change to another one. The service's message: An experiment that is completed cannot be paused."
    }
}
