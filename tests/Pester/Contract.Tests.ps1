#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What every cmdlet owes its users, whatever it does: help, -Connection, -WhatIf and -Confirm, pipeline input, and one clear error
# where the account has no experiments.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1

    # A call of every cmdlet that changes something, on the sandbox's own experiments. $folder is an empty folder.
    $changing = [ordered]@{
        'Start-PictifyExperiment'     = 'Start-PictifyExperiment exp_sandbox_11'
        'Suspend-PictifyExperiment'   = 'Suspend-PictifyExperiment exp_sandbox_01'
        'Resume-PictifyExperiment'    = 'Resume-PictifyExperiment exp_sandbox_04'
        'Complete-PictifyExperiment'  = 'Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId control -Confirm:$false'
        'Set-PictifyExperiment'       = "Set-PictifyExperiment exp_sandbox_01 -NewName 'New'"
        'Remove-PictifyExperiment'    = 'Remove-PictifyExperiment exp_sandbox_11 -Confirm:$false'
        'Copy-PictifyExperiment'      = 'Copy-PictifyExperiment exp_sandbox_01 -NewSlug copy-1'
        'New-PictifyExperiment'       = "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }"
        'Send-PictifyEvent'           = 'Send-PictifyEvent view hero-summer-sale'
        'Save-PictifyExperimentImage' = 'Save-PictifyExperimentImage hero-summer-sale -Path $folder -Force'
        'Invoke-PictifyApi'           = 'Invoke-PictifyApi experiments/api/exp_sandbox_01/pause -Method Post'
    }

    # An undo needs an operation before it, a job a scheduler, and profiles are no experiments: their own tests have them.
    $cmdlets = @((Test-ModuleManifest $Manifest).ExportedCmdlets.Keys | Sort-Object | ForEach-Object {
            @{ Cmdlet = $_; Changes = $changing.Contains($_) -or $_ -in 'Undo-PictifyOperation', 'Update-PictifyOperation', 'Register-PictifyDueJob', 'Unregister-PictifyDueJob', 'Save-PictifyConnection', 'Remove-PictifyConnection' }
        })
    $calls = @($changing.Keys | ForEach-Object { @{ Cmdlet = $_; Call = $changing[$_] } })

    # Those that need the experiments collection: events, images and other endpoints are beside it.
    $experimentCalls = @($calls | Where-Object { $_.Cmdlet -notin 'Send-PictifyEvent', 'Save-PictifyExperimentImage', 'Invoke-PictifyApi' })

    $inputs = @(foreach ($call in @(
                'Suspend-PictifyExperiment'
                'Set-PictifyExperiment -NewName X'
                'Wait-PictifyExperiment -Status Running'
                'Resume-PictifyExperiment'
                'Start-PictifyExperiment'
                'Get-PictifyExperiment'
                'Complete-PictifyExperiment -WinnerVariantId control -Confirm:$false'
                'Copy-PictifyExperiment -NewSlug copied'
                'Measure-PictifyExperiment'
            )) {
            '(Get-PictifyExperiment -Uid exp_sandbox_01)', "[pscustomobject]@{ Uid = 'exp_sandbox_01' }", "'exp_sandbox_01'" |
                ForEach-Object { @{ Script = "$_ | $call" } }
        })
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer @{ key = $TestKey }

    # A session that has only the module.
    $fresh = [runspacefactory]::CreateRunspace()
    $fresh.Open()

    # Runs a script there, and fails where it fails.
    function Invoke-Fresh([scriptblock] $Script, [object[]] $Arguments) {
        $shell = [powershell]::Create()
        try {
            $shell.Runspace = $fresh
            $null = $shell.AddScript("$Script")
            $Arguments | Where-Object { $_ } | ForEach-Object { $null = $shell.AddArgument($_) }
            $shell.Invoke()
            if ($shell.Streams.Error.Count -gt 0) {
                throw "It failed in the new session: $($shell.Streams.Error -join '; ')"
            }
        }
        finally {
            $shell.Dispose()
        }
    }

    Invoke-Fresh { param($Manifest) Import-Module $Manifest } $Manifest
}

AfterAll {
    $fresh.Dispose()
    Stop-SandboxServer $server
}

Describe 'The help of <Cmdlet>' -ForEach $cmdlets {
    BeforeAll {
        $help = Invoke-Fresh {
            param($Cmdlet)
            $help = Get-Help $Cmdlet
            $common = @([System.Management.Automation.Cmdlet]::CommonParameters) + @([System.Management.Automation.Cmdlet]::OptionalCommonParameters)
            $parameters = (Get-Command $Cmdlet).Parameters
            [pscustomobject]@{
                Synopsis   = "$($help.Synopsis)".Trim()
                Codes      = @($help.examples.example | ForEach-Object { "$($_.code)" })
                Remarks    = @($help.examples.example | ForEach-Object { "$($_.remarks.Text)".Trim() })
                Names      = @($parameters.Keys)
                Parameters = @($parameters.Keys | Where-Object { $_ -notin $common } | ForEach-Object {
                        [pscustomobject]@{
                            Name        = $_
                            Description = "$(@((Get-Help $Cmdlet -Parameter $_).description.Text)[0])".Trim()
                        }
                    })
            }
        } $Cmdlet
    }

    It 'is there after an import: a synopsis that is a sentence, and two or more examples with code and words' {
        $help.Synopsis.EndsWith('.') | Should -BeTrue -Because $help.Synopsis
        $help.Codes.Count | Should -BeGreaterOrEqual 2
        @($help.Codes | Where-Object { -not $_.Contains('Pictify') }) | Should -BeNullOrEmpty
        $help.Remarks.Count | Should -Be $help.Codes.Count
        @($help.Remarks | Where-Object { $_ -eq '' }) | Should -BeNullOrEmpty
    }

    It 'describes every parameter' {
        @($help.Parameters | Where-Object { $_.Description.Length -le 10 }).Name | Should -BeNullOrEmpty
    }

    It 'has examples that parse, with parameters that it has' {
        foreach ($code in $help.Codes) {
            $tokens = $errors = $null
            $tree = [System.Management.Automation.Language.Parser]::ParseInput($code, [ref] $tokens, [ref] $errors)
            $errors | Should -BeNullOrEmpty -Because $code
            $found = $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] -and $args[0].GetCommandName() -eq $Cmdlet }, $true)
            foreach ($call in $found) {
                foreach ($parameter in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                    $help.Names | Should -Contain $parameter.ParameterName -Because $code
                }
            }
        }
    }

    It 'has an example that calls it' {
        @($help.Codes | Where-Object { $_.Contains($Cmdlet) }).Count | Should -BeGreaterThan 0
    }
}

Describe 'What comes in and what goes out, by the help of <Cmdlet>' -ForEach @(
    @{ Cmdlet = 'Suspend-PictifyExperiment'; Takes = 'System.Management.Automation.PSObject'; Emits = 'Pictify.Experiment' }
    @{ Cmdlet = 'Get-PictifyConnection'; Takes = 'None'; Emits = 'Pictify.Http.PictifyConnection' }
) {
    It 'is <Takes> and <Emits>' {
        $names = Invoke-Fresh {
            param($Cmdlet)
            $help = Get-Help $Cmdlet
            "$(@($help.inputTypes.inputType.type.name)[0])".Trim()
            "$(@($help.returnValues.returnValue.type.name)[0])".Trim()
        } $Cmdlet

        $names | Should -BeExactly @($Takes, $Emits)
    }
}

Describe 'The topic <_>' -ForEach 'about_PictifyPS', 'about_PictifyPS_Bulk', 'about_PictifyPS_Connections', 'about_PictifyPS_Ledger', 'about_PictifyPS_Schedules', 'about_PictifyPS_Statistics' {
    It 'is found' {
        $topic = $_
        $text = Invoke-Fresh { param($Topic) Get-Help $Topic } $topic

        "$text".Contains("    $topic") | Should -BeTrue -Because "$text"
    }
}

Describe 'The parameters of <Cmdlet>' -ForEach $cmdlets {
    BeforeAll {
        $command = Get-Command $Cmdlet
    }

    It 'say what it emits' {
        # Disconnect emits nothing and says nothing; Remove says void.
        $declared = @($command.OutputType).Count
        if ($Cmdlet -eq 'Disconnect-Pictify') {
            $declared | Should -Be 0
        }
        else {
            $declared | Should -BeGreaterThan 0
        }
    }

    It 'have -Connection where it talks to Pictify' {
        $command.Parameters.ContainsKey('Connection') |
            Should -Be ($Cmdlet -notin 'Connect-Pictify', 'Get-PictifyConnection', 'New-PictifyVariant', 'Get-PictifyDueJob', 'Unregister-PictifyDueJob', 'Remove-PictifyConnection')
    }

    It 'have -WhatIf where it changes something, and only there' {
        $command.Parameters.ContainsKey('WhatIf') | Should -Be $Changes
    }
}

Describe '<Cmdlet>' -ForEach $calls {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        Connect-SandboxServer $server
        $folder = (New-Item (Join-Path $TestDrive ([guid]::NewGuid().ToString('N'))) -ItemType Directory).FullName
    }

    It 'changes nothing under -WhatIf, and something without it' {
        $said = Invoke-Captured ([scriptblock]::Create("$Call -WhatIf"))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        $state = Get-SandboxServer $server
        $state.changeRequests | Should -Be 0
        $state.requests.PSObject.Properties.Name | Should -Not -Contain 'GET /s/image'
        @(Get-ChildItem $folder -Force) | Should -BeNullOrEmpty

        $said = Invoke-Captured ([scriptblock]::Create($Call))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        (Get-SandboxServer $server).changeRequests + @(Get-ChildItem $folder -Force).Count | Should -Be 1
    }
}

Describe '<Cmdlet> where the account has no experiments' -ForEach $experimentCalls {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey; hasExperiments = $false }
        Connect-SandboxServer $server
    }

    It 'ends with FeatureUnavailable' {
        $said = Invoke-Captured ([scriptblock]::Create($Call))

        Get-ErrorId $said.Terminating | Should -BeExactly 'FeatureUnavailable'
        $said.Output | Should -BeNullOrEmpty
    }
}

Describe 'A question' {
    BeforeAll {
        # One process asks them all, and tells after each what became of it.
        $file = Join-Path $TestDrive 'ask.ps1'
        [System.IO.File]::WriteAllText($file, @"
Import-Module '$($Manifest.Replace("'", "''"))'
Connect-Pictify -Sandbox
function Get-Sent { (Get-PictifyConnection).Sandbox.ChangeRequests }
'-- complete'
Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId control
"sent `$(Get-Sent)"
'-- remove'
Remove-PictifyExperiment exp_sandbox_11
"sent `$(Get-Sent)"
'-- confirm, no'
`$null = Suspend-PictifyExperiment exp_sandbox_01 -Confirm
"is `$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)"
'-- confirm, yes'
`$null = Suspend-PictifyExperiment exp_sandbox_01 -Confirm
"is `$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)"
"@)
        $run = Invoke-Pwsh '-File', $file -Answers 'n', 'n', 'n', 'y'
        $parts = @{}
        foreach ($part in $run.Output -split '(?m)^-- ' | Select-Object -Skip 1) {
            $name, $text = $part -split "`n", 2
            $parts[$name] = $text
        }
    }

    It 'comes before <Call>, and is obeyed: <Line>' -ForEach @(
        @{ Call = 'what is final'; Part = 'complete'; Line = 'sent 0' }
        @{ Call = 'a removal'; Part = 'remove'; Line = 'sent 0' }
        @{ Call = 'a pause with -Confirm'; Part = 'confirm, no'; Line = 'is Running' }
        @{ Call = 'a pause with -Confirm'; Part = 'confirm, yes'; Line = 'is Paused' }
    ) {
        $parts.Keys | Should -Contain $Part -Because "$($run.Output)$($run.Error)"

        # On Windows the question goes to the console, and not to an output that is read.
        if (-not $IsWindowsHere) {
            $parts[$Part].Contains('Are you sure') | Should -BeTrue -Because $parts[$Part]
        }

        ($parts[$Part] -split "`n").Trim() | Should -Contain $Line
    }
}

Describe 'In a sandbox' {
    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'takes objects, rows and uids from the pipeline: <Script>' -ForEach $inputs {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
    }

    # The other commands that change a status have these in files of their own.
    It 'Suspend-PictifyExperiment takes one that is <From> to Paused' -ForEach @(
        @{ From = 'Running'; Uid = 'exp_sandbox_01' }
        @{ From = 'Paused'; Uid = 'exp_sandbox_04' }
    ) {
        $said = Invoke-Captured { Suspend-PictifyExperiment $Uid }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1
        "$($said.Output[0].Status)" | Should -BeExactly 'Paused'
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly 'Paused'
    }

    It 'Suspend-PictifyExperiment refuses one that is <From>, and leaves it so' -ForEach @(
        @{ From = 'Draft'; Uid = 'exp_sandbox_11' }
        @{ From = 'Completed'; Uid = 'exp_sandbox_12' }
    ) {
        $said = Invoke-Captured { Suspend-PictifyExperiment $Uid }

        $said.Terminating | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly @('StateConflict')
        $said.Output | Should -BeNullOrEmpty
        "$((Get-PictifyExperiment -Uid $Uid).Status)" | Should -BeExactly $From
    }
}

Describe 'A script block where a text belongs' {
    It 'is refused by <Cmdlet> -<Parameter>, or evaluated for each input' -ForEach @(
        foreach ($command in (Test-ModuleManifest $Manifest).ExportedCmdlets.Keys | Sort-Object | ForEach-Object { Get-Command $_ }) {
            foreach ($parameter in $command.Parameters.Values) {
                $takesInput = @($parameter.Attributes | Where-Object { $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName })
                if (-not $takesInput -and $parameter.ParameterType -in [string], [string[]] -and $parameter.Name -notlike '*Variable') {
                    @{ Cmdlet = $command.Name; Parameter = $parameter.Name }
                }
            }
        }
    ) {
        $kinds = (Get-Command $Cmdlet).Parameters[$Parameter].Attributes | ForEach-Object { $_.GetType().FullName }

        $kinds | Should -Contain 'PictifyPS.Input.TextAttribute'
    }

    It 'names a line that this command takes: <Cmdlet> -<Parameter>' -ForEach @(
        foreach ($command in (Test-ModuleManifest $Manifest).ExportedCmdlets.Keys | Sort-Object | ForEach-Object { Get-Command $_ }) {
            foreach ($parameter in $command.Parameters.Values) {
                $isText = $parameter.Attributes | Where-Object { $_.GetType().FullName -eq 'PictifyPS.Input.TextAttribute' }
                if ($isText -and -not ($parameter.Attributes | Where-Object ValueFromPipelineByPropertyName)) {
                    $sets = @($command.ParameterSets | Where-Object { $_.Parameters.Name -contains $parameter.Name })
                    $inputs = $sets.Parameters | Where-Object { $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName }
                    $needs = $sets | Where-Object {
                        $_.Parameters | Where-Object { $_.IsMandatory -and ($_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName) }
                    }
                    @{
                        Cmdlet = $command.Name
                        Parameter = $parameter.Name
                        MayTakeInput = @($inputs).Count -gt 0
                        NeedsInput = @($needs).Count -eq $sets.Count
                    }
                }
            }
        }
    ) {
        $given = @{ $Parameter = { $_.Name } }

        $said = Invoke-Captured { & $Cmdlet @given }

        $line = [regex]::Match("$($said.Terminating)", 'ForEach-Object \{ (?<input>\$_ \| )?(?<command>\S+) -(?<parameter>\w+) \(\$_\.Name\) \}$')
        $line.Success | Should -BeTrue -Because "$($said.Terminating)"
        $line.Groups['command'].Value | Should -BeIn $Cmdlet, '<command>'
        $line.Groups['parameter'].Value | Should -BeExactly $Parameter
        if ($line.Groups['input'].Success) {
            $MayTakeInput | Should -BeTrue
        }
        else {
            $NeedsInput | Should -BeFalse
        }
    }

    It 'names the line that does it' {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
        $said = Invoke-Captured { Get-PictifyExperiment 'Hero*' | Set-PictifyExperiment -NewName { $_.Name + ' v2' } }

        "$($said.Terminating)" | Should -BeLike '*ForEach-Object { $_ | Set-PictifyExperiment -NewName ($_.Name + '' v2'') }*'
        $sandbox.ChangeRequests | Should -Be 0
        $line = [regex]::Match("$($said.Terminating)", 'ForEach-Object \{.*\}').Value
        $changed = & ([scriptblock]::Create("Get-PictifyExperiment 'Hero Summer*' | $line"))
        $changed.Name | Should -Be 'Hero Summer Sale v2'
    }

    It 'is evaluated where the parameter takes input by property name' {
        Connect-Pictify -Sandbox
        $made = 'One', 'Two' | New-PictifyExperiment -Name { "Hero $_" } -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 } -ErrorAction Stop

        $made.Name | Should -Be @('Hero One', 'Hero Two')
    }
}
