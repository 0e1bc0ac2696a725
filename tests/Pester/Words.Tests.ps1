#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# The same word means the same everywhere: -Slug selects wherever -Name does, a text that was given to the wrong parameter is explained,
# a question names what it is about, and a row without a Uid is told how to get one.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1

    # Every cmdlet whose -Name selects experiments, with what else it needs. New- and Set- give a name, and jobs have names of their own.
    $selecting = [ordered]@{
        'Get-PictifyExperiment'      = ''
        'Get-PictifyPause'           = ''
        'Start-PictifyExperiment'    = ''
        'Suspend-PictifyExperiment'  = ''
        'Resume-PictifyExperiment'   = ''
        'Complete-PictifyExperiment' = '-WinnerVariantId control -Confirm:$false'
        'Remove-PictifyExperiment'   = '-Confirm:$false'
        'Copy-PictifyExperiment'     = '-NewSlug copied'
        'Measure-PictifyExperiment'  = ''
        'Wait-PictifyExperiment'     = '-Status Running, Paused, Draft'
    }
    $cmdlets = @($selecting.Keys | ForEach-Object { @{ Cmdlet = $_; More = $selecting[$_] } })

    # Those that take any object with a Uid.
    $taking = @($cmdlets | Where-Object { $_.Cmdlet -notlike 'Get-*' })
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'The words of <Cmdlet>' -ForEach $cmdlets {
    BeforeEach {
        Connect-Pictify -Sandbox

        # With a ledger that is on: Get-PictifyPause reads it.
        $env:PICTIFY_LEDGER = $null
        Connect-Pictify -Sandbox
        $subject = switch ($Cmdlet) {
            'Start-PictifyExperiment' { @{ Uid = 'exp_sandbox_11'; Slug = 'black-friday-countdown'; Name = 'Black Friday Countdown' } }
            'Remove-PictifyExperiment' { @{ Uid = 'exp_sandbox_11'; Slug = 'black-friday-countdown'; Name = 'Black Friday Countdown' } }
            'Get-PictifyPause' { @{ Uid = 'exp_sandbox_04'; Slug = 'hero-spring-launch'; Name = 'Hero Spring Launch' } }
            'Resume-PictifyExperiment' { @{ Uid = 'exp_sandbox_04'; Slug = 'hero-spring-launch'; Name = 'Hero Spring Launch' } }
            default { @{ Uid = 'exp_sandbox_01'; Slug = 'hero-summer-sale'; Name = 'Hero Summer Sale' } }
        }

        function Invoke-Selecting([string] $Parameter, [string] $Value) {
            Invoke-Captured ([scriptblock]::Create("$Cmdlet -$Parameter '$Value' $More"))
        }
    }

    AfterEach {
        $env:PICTIFY_LEDGER = 'off'
    }

    It 'include -Slug, which selects as -Name does' {
        $bySlug = Invoke-Selecting 'Slug' $subject.Slug.ToUpperInvariant()

        $bySlug.Terminating | Should -BeNullOrEmpty
        $bySlug.Errors | Should -BeNullOrEmpty
        if ($Cmdlet -eq 'Remove-PictifyExperiment') {
            (Get-PictifyExperiment).Uid | Should -Not -Contain $subject.Uid
        }
        elseif ($Cmdlet -eq 'Copy-PictifyExperiment') {
            $bySlug.Output.Name | Should -Be @("$($subject.Name) (copy)")
        }
        else {
            $bySlug.Output.Uid | Should -Be @($subject.Uid)
        }
    }

    It 'take wildcards for -Slug, and say where one without them is none' {
        $slug = (Get-Command $Cmdlet).Parameters['Slug']
        @($slug.Attributes | Where-Object { $_ -is [System.Management.Automation.SupportsWildcardsAttribute] }).Count | Should -Be 1
        (Invoke-Selecting 'Slug' 'nothing-like-*').Errors | Should -BeNullOrEmpty

        $said = Invoke-Selecting 'Slug' 'nothing-like-this'

        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
        "$($said.Errors[0])" | Should -BeLike "*the slug 'nothing-like-this'*wildcards*"
    }

    It 'say that a <What> given to -<Parameter> belongs to -<Instead>' -ForEach @(
        @{ What = 'Uid'; Parameter = 'Name'; Instead = 'Uid' }
        @{ What = 'Slug'; Parameter = 'Name'; Instead = 'Slug' }
        @{ What = 'Uid'; Parameter = 'Slug'; Instead = 'Uid' }
        @{ What = 'Name'; Parameter = 'Slug'; Instead = 'Name' }
    ) {
        $said = Invoke-Selecting $Parameter $subject.$What

        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
        "$($said.Errors[0])" | Should -BeLike "*It is the $($What.ToLowerInvariant()) of $($subject.Name) ($($subject.Uid)): use -$Instead."
    }
}

Describe 'A text that means something else' {
    BeforeEach {
        Connect-Pictify -Sandbox
    }

    It 'is a uid where a name is expected, also where no list has it' {
        $said = Invoke-Captured { Get-PictifyExperiment exp_abc }

        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
        "$($said.Errors[0])" | Should -BeLike '*looks like a uid*-Uid*'
    }

    It 'is a name or a slug where a uid is expected: <Line>' -ForEach @(
        @{ Line = 'Suspend-PictifyExperiment hero-summer-sale' }
        @{ Line = 'Resume-PictifyExperiment Hero' }
        @{ Line = 'Get-PictifyExperiment -Uid hero-summer-sale' }
        @{ Line = 'Measure-PictifyExperiment hero-summer-sale' }
        @{ Line = 'Copy-PictifyExperiment hero-summer-sale -NewSlug copied' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Line))

        Get-ErrorId $said.Errors | Should -BeExactly @('ExperimentNotFound')
        "$($said.Errors[0])" | Should -BeLike '*was taken as a uid; -Name takes a name, and -Slug a slug.'
    }

    It 'is no advice for an image, which is asked for by its slug' {
        $said = Invoke-Captured { Save-PictifyExperimentImage nothing-like-this -Path $TestDrive }

        "$($said.Errors[0])" | Should -Not -BeLike '*-Name takes*'
    }
}

Describe 'A row without a Uid' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $csv = Join-Path $TestDrive 'rows.csv'
        [System.IO.File]::WriteAllText($csv, "Id,Title,State`nexp_sandbox_01,Hero,running`n")
    }

    It 'gets from <Cmdlet> the columns and the line that renames' -ForEach $taking {
        $said = Invoke-Captured ([scriptblock]::Create("Import-Csv '$csv' | $Cmdlet $More"))

        Get-ErrorId $said.Errors | Should -BeExactly @('InvalidInput')
        "$($said.Errors[0])" | Should -BeLike "*columns Id, Title, State.*Select-Object @{ n = 'Uid'; e = 'Id' } |*"
        (Get-PictifyConnection).Sandbox.ChangeRequests | Should -Be 0
    }

    It 'is done by that line' {
        $said = Invoke-Captured { Import-Csv $csv | Suspend-PictifyExperiment }
        $rename = [regex]::Match("$($said.Errors[0])", 'Select-Object @\{[^}]*\}').Value

        $paused = & ([scriptblock]::Create("Import-Csv '$csv' | $rename | Suspend-PictifyExperiment"))

        $paused.Uid | Should -Be 'exp_sandbox_01'
    }

    It 'gets the same where PowerShell made a text of it: <Line>' -ForEach @(
        @{ Line = 'Get-PictifyExperiment' }
        @{ Line = 'Suspend-PictifyExperiment -Uid' }
    ) {
        $row = @(Import-Csv $csv)[0]
        $said = if ($Line -like '*-Uid') {
            Invoke-Captured { Suspend-PictifyExperiment -Uid $row }
        }
        else {
            Invoke-Captured { $row | Get-PictifyExperiment }
        }

        Get-ErrorId $said.Errors | Should -BeExactly @('InvalidUid')
        "$($said.Errors[0])" | Should -BeLike "*columns Id, Title, State.*Select-Object @{ n = 'Uid'; e = 'Id' } |*"
    }

    It 'finds the column by <By>' -ForEach @(
        @{ By = 'its name'; Row = { [pscustomobject]@{ Name = 'Hero'; 'Experiment ID' = 'abc' } }; Says = "*e = 'Experiment ID' }*" }
        @{ By = 'its value'; Row = { [pscustomobject]@{ Id = '7'; Key = 'exp_1' } }; Says = "*e = 'Key' }*" }
        @{ By = 'its name, quoted'; Row = { [pscustomobject]@{ "it's" = 'exp_1' } }; Says = "*e = 'it''s' }*" }
        @{ By = 'the key of a hashtable'; Row = { @{ Id = 'exp_1' } }; Says = "*e = { `$_.'Id' } }*" }
        @{ By = 'nothing, and names -Name'; Row = { [pscustomobject]@{ Name = 'Hero'; State = 'running' } }; Says = '*-Name ($rows.Name)*' }
        @{ By = 'nothing at all'; Row = { [pscustomobject]@{ State = 'running' } }; Says = "*It has the column State.*e = 'its name' }*" }
    ) {
        $said = Invoke-Captured { & $Row | Suspend-PictifyExperiment }

        Get-ErrorId $said.Errors | Should -BeExactly @('InvalidInput')
        "$($said.Errors[0])" | Should -BeLike $Says
    }

    It 'says no columns of what has none: a number' {
        $said = Invoke-Captured { 7 | Suspend-PictifyExperiment }

        "$($said.Errors[0])" | Should -Not -BeLike '*column*'
    }
}

Describe 'A question about a uid' -Tag Process {
    BeforeAll {
        # One process asks them all, and tells after each how often the experiment was read.
        $file = Join-Path $TestDrive 'ask.ps1'
        [System.IO.File]::WriteAllText($file, @"
Import-Module '$($Manifest.Replace("'", "''"))'
Connect-Pictify -Sandbox
function Get-Read { "read `$((Get-PictifyConnection).Sandbox.Requests['GET experiment'])" }
'-- remove'
Remove-PictifyExperiment exp_sandbox_11
'-- complete'
Complete-PictifyExperiment exp_sandbox_01 -WinnerVariantId control
'-- suspend'
Suspend-PictifyExperiment -Uid exp_sandbox_02 -Confirm
'-- set'
Set-PictifyExperiment exp_sandbox_03 -FallbackTemplateUid tmpl_2 -Confirm
'-- unknown'
Remove-PictifyExperiment exp_sandbox_99
Get-Read
'-- without a question'
`$null = Suspend-PictifyExperiment exp_sandbox_05
`$ConfirmPreference = 'None'
Remove-PictifyExperiment exp_sandbox_11
Get-Read
"@)
        $run = Invoke-Pwsh '-File', $file -Answers 'n', 'n', 'n', 'n', 'n'
        $parts = @{}
        foreach ($part in $run.Output -split '(?m)^-- ' | Select-Object -Skip 1) {
            $name, $text = $part -split "`n", 2
            $parts[$name] = $text
        }
    }

    # On Windows the question goes to the console, and not to an output that is read.
    It 'has its name: <Part>' -Skip:([System.IO.Path]::DirectorySeparatorChar -eq '\') -ForEach @(
        @{ Part = 'remove'; Name = "'Black Friday Countdown' (exp_sandbox_11)" }
        @{ Part = 'complete'; Name = "'Hero Summer Sale' (exp_sandbox_01)" }
        @{ Part = 'suspend'; Name = "'Hero Homepage Headline' (exp_sandbox_02)" }
        @{ Part = 'set'; Name = "'Hero App Download' (exp_sandbox_03)" }
        @{ Part = 'unknown'; Name = 'Experiment exp_sandbox_99' }
    ) {
        ($parts[$Part] -replace "\s*`n\s*", ' ').Contains($Name) | Should -BeTrue -Because "$($run.Output)$($run.Error)"
    }

    It 'costs no request where nothing is asked' {
        $before = [regex]::Match($parts['unknown'], 'read (\d+)').Groups[1].Value
        $before | Should -Be 5 -Because "$($run.Output)$($run.Error)"
        $parts['without a question'] | Should -BeLike "*read $before*"
    }
}
