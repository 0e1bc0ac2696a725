#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Commands in a pipeline: what is piped in the wrong order or shape, Select-Object -First, a throw further down, and objects that leave the process.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
}

Describe 'What is piped to Suspend-PictifyExperiment' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'is refused each by its own error where it has no uid, and nothing is sent: <Shape>' -ForEach @(
        @{ Shape = 'names only'; Count = 5; Script = { Get-PictifyExperiment 'Hero*' | Select-Object Name | Suspend-PictifyExperiment } }
        @{ Shape = 'expanded statuses'; Count = 5; Script = { Get-PictifyExperiment 'Hero*' | ForEach-Object Status | Suspend-PictifyExperiment } }
        @{ Shape = 'variants'; Count = 2; Script = { (Get-PictifyExperiment -First 1).Variants | Suspend-PictifyExperiment } }
        @{ Shape = 'the connection'; Count = 1; Script = { Get-PictifyConnection | Suspend-PictifyExperiment } }
        @{ Shape = 'a number and a date'; Count = 2; Script = { 7, [datetime]::new(2026, 1, 1) | Suspend-PictifyExperiment } }
        @{ Shape = 'a uid that is a number'; Count = 1; Script = { [pscustomobject]@{ Uid = 7 } | Suspend-PictifyExperiment } }
    ) {
        $said = Invoke-Captured $Script

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly (@('InvalidInput') * $Count)
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'is refused as no uid where it is text: <Shape>' -ForEach @(
        @{ Shape = 'names'; Count = 5; Script = { (Get-PictifyExperiment 'Hero*').Name | Suspend-PictifyExperiment } }
        @{ Shape = 'the table as text'; Count = 1; Script = { Get-PictifyExperiment 'Hero*' | Out-String | Suspend-PictifyExperiment } }
    ) {
        $said = Invoke-Captured $Script

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        Get-ErrorId $said.Errors | Should -BeExactly (@('InvalidUid') * $Count)
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'is refused where Format-Table stands before it, and nothing is sent' {
        $said = Invoke-Captured { Get-PictifyExperiment 'Hero*' | Format-Table | Suspend-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        $said.Errors.Count | Should -BeGreaterOrEqual 5
        Get-ErrorId $said.Errors | Sort-Object -Unique | Should -BeExactly @('InvalidInput')
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'may be one array of experiments' {
        $heroes = @(Get-PictifyExperiment 'Hero*')

        (, $heroes | Suspend-PictifyExperiment).Uid | Should -BeExactly $heroes.Uid
    }

    It 'may be experiments of which only some properties were selected' {
        $said = Invoke-Captured { Get-PictifyExperiment 'Hero S*' | Select-Object Uid, Name | Suspend-PictifyExperiment }

        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_04')
        $said.Output.Status | Should -Be @('Paused', 'Paused')
    }

    It 'may be the same experiment twice: each gives one output' {
        $said = Invoke-Captured { 'exp_sandbox_01', 'exp_sandbox_01' | Suspend-PictifyExperiment }

        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Uid | Should -BeExactly @('exp_sandbox_01', 'exp_sandbox_01')
        $said.Output.Status | Should -Be @('Paused', 'Paused')
    }

    It 'may be nothing: then nothing is sent and nothing is said' {
        $said = Invoke-Captured { Get-PictifyExperiment 'nothing*' | Suspend-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Warnings | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        $sandbox.ChangeRequests | Should -Be 0
    }
}

Describe 'A filter after the change' {
    It 'does not keep the change from what it filters out' {
        Connect-Pictify -Sandbox

        $shown = @(Get-PictifyExperiment | Suspend-PictifyExperiment -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | Where-Object Name -Like 'Hero*')

        $shown.Count | Should -Be 5
        @(Get-PictifyExperiment -Status Running).Count | Should -Be 0
    }
}

Describe 'Select-Object -First' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
        $sandbox.Generate(1000)
    }

    It 'before Suspend-PictifyExperiment pauses exactly so many' {
        (Get-PictifyExperiment | Select-Object -First 3 | Suspend-PictifyExperiment).Uid |
            Should -BeExactly @('exp_sandbox_000001', 'exp_sandbox_000002', 'exp_sandbox_000003')

        $sandbox.ChangeRequests | Should -Be 3
        @($sandbox.Experiments | Where-Object StatusText -EQ 'paused').Count | Should -Be 3
    }

    It 'after Suspend-PictifyExperiment starts little more, and every pause that was sent is whole' {
        $first = @(Get-PictifyExperiment | Suspend-PictifyExperiment | Select-Object -First 1)

        $first.Uid | Should -BeExactly @('exp_sandbox_000001')
        $sent = $sandbox.ChangeRequests
        $sent | Should -BeGreaterOrEqual 1
        $sent | Should -BeLessThan 100
        @($sandbox.Experiments | Where-Object StatusText -EQ 'paused').Count | Should -Be $sent
    }

    It 'after Get-PictifyExperiment ends the list early' {
        @(Get-PictifyExperiment | Select-Object -First 1).Uid | Should -BeExactly @('exp_sandbox_000001')

        $sandbox.Requests['GET list'] | Should -BeGreaterOrEqual 1
        $sandbox.Requests['GET list'] | Should -BeLessOrEqual 5
    }
}

Describe 'A throw further down the pipeline' {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; generate = 1000 }
        Connect-SandboxServer $server
    }

    It 'ends Get-PictifyExperiment before it has read the whole list' {
        $said = Invoke-Captured { Get-PictifyExperiment | ForEach-Object { throw 'enough' } }

        $said.Terminating.Exception.Message | Should -BeExactly 'enough'
        $lists = (Get-SandboxServer $server).requests.'GET list'
        $lists | Should -BeGreaterOrEqual 1
        $lists | Should -BeLessOrEqual 5
    }

    It 'ends Suspend-PictifyExperiment, which starts nothing more' {
        $said = Invoke-Captured { Get-PictifyExperiment | Suspend-PictifyExperiment | ForEach-Object { throw 'enough' } }

        $said.Terminating.Exception.Message | Should -BeExactly 'enough'
        $sent = (Get-SandboxServer $server).changeRequests
        $sent | Should -BeGreaterOrEqual 1
        $sent | Should -BeLessOrEqual 60
    }
}

Describe 'An experiment that leaves the process' {
    # Jobs, remoting and Export-Clixml cut objects off at a depth of one or two where a type does not say otherwise.
    It 'keeps its variants down to a nested condition' {
        Connect-Pictify -Sandbox
        $inner = @{ type = 'rule'; property = 'country'; ruleOperator = 'equals'; value = 'DE' }
        $of = @{ type = 'group'; operator = 'AND'; children = @(@{ type = 'group'; operator = 'OR'; children = @($inner, $inner) }, $inner) }
        $variants = (New-PictifyVariant a 5000 -Conditions $of), (New-PictifyVariant b 5000 -IsDefault)
        $experiment = New-PictifyExperiment 'Deep' -Type SmartLink -TemplateUid tmpl_1 -Variant $variants

        $text = [System.Management.Automation.PSSerializer]::Serialize($experiment)
        $back = [System.Management.Automation.PSSerializer]::Deserialize($text)

        $back.Variants[0].Conditions.Children[0].Children[1].Value | Should -BeExactly 'DE'
    }
}

Describe 'A -PipelineVariable' {
    BeforeEach { Connect-Pictify -Sandbox }

    It 'of the command before is kept with its result by the line of the help' {
        $topic = [System.IO.File]::ReadAllText("$Root/docs/en-US/about_PictifyPS_Bulk.md")
        $line = [regex]::Match($topic, '(?m)^    (Get-PictifyExperiment .*-PipelineVariable.*)$').Groups[1].Value.Trim()
        $line | Should -Match 'ForEach-Object'
        $expected = @(Get-PictifyExperiment 'Hero*' -Status Running | ForEach-Object { "$($_.Name): Running, then Paused" })
        Get-PictifyExperiment 'Hero*' | Where-Object { $_.Status -notin 'Running', 'Paused' } | Remove-PictifyExperiment -Confirm:$false -ErrorAction SilentlyContinue
        Get-PictifyExperiment 'Hero*' | Where-Object { $_.Status -notin 'Running', 'Paused' } | Should -BeNullOrEmpty

        $said = @(& ([scriptblock]::Create($line)))

        $expected.Count | Should -BeGreaterThan 2
        @($said -like '*: Running, *') | Should -Be $expected
    }

    It 'of the command itself is right in bulk' {
        $said = @(Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -PipelineVariable paused | ForEach-Object { "$($paused.Uid) $($_.Uid)" })

        $said.Count | Should -BeGreaterThan 2
        $said | ForEach-Object { ($_ -split ' ')[0] | Should -BeExactly ($_ -split ' ')[1] }
    }

    It 'is told of in the help of every command in bulk' {
        $bulk = @(Get-Command -Module PictifyPS -CommandType Cmdlet | Where-Object { $_.Parameters -and $_.Parameters.ContainsKey('ThrottleLimit') })
        $bulk.Count | Should -BeGreaterThan 10
        foreach ($command in $bulk) {
            [System.IO.File]::ReadAllText("$Root/docs/en-US/$($command.Name).md").Contains('-PipelineVariable') | Should -BeTrue -Because $command.Name
        }
    }
}
