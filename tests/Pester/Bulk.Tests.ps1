#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Many experiments in one command: order, -ThrottleLimit, -MaximumCount, stopping, progress, the summary, the rate limit, memory.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $hasProgressAction = $PSVersionTable.PSVersion -ge [version] '7.4'
}

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # A script in a runspace of its own with the module imported: it can be stopped, and its streams can be read. The script takes
    # $Connection and $Value.
    function New-Shell([string] $Script, $Connection, $Value) {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$Manifest, `$Connection, `$Value) Import-Module `$Manifest; $Script").
            AddArgument($Manifest).AddArgument($Connection).AddArgument($Value)
        $shell
    }

    # Begins a shell; what it writes arrives in the collection.
    function Start-Shell($Shell, $Output) {
        $nothing = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $nothing.Complete()
        $Shell.BeginInvoke($nothing, $Output)
    }
}

Describe '-MaximumCount' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'sends nothing at all where there are more' {
        $said = Invoke-Captured { Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -MaximumCount 4 }

        Get-ErrorId $said.Terminating | Should -BeExactly 'TooManyExperiments'
        $said.Errors | Should -BeNullOrEmpty
        $said.Output | Should -BeNullOrEmpty
        $sandbox.ChangeRequests | Should -Be 0
    }

    It 'lets so many pass' {
        $said = Invoke-Captured { Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -MaximumCount 5 }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 5
    }
}

Describe 'The summary' {
    It 'is information where all went well' {
        Connect-Pictify -Sandbox

        $null = Suspend-PictifyExperiment -Name 'Hero*' -InformationVariable said -ErrorVariable failed -WarningVariable warned

        $failed.Count | Should -Be 0
        $warned.Count | Should -Be 0
        $said.Count | Should -Be 1
        "$($said[0])" | Should -BeExactly 'Suspended 4 of 5: 1 already paused.'
    }
}

Describe 'Suspend-PictifyExperiment for ten thousand' -Tag Long {
    # In the sandbox of this process: what ten thousand requests over HTTP lead to is in Errors.Tests.ps1.
    It 'writes them in the order in which they came in, with one request each' {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
        $sandbox.Generate(10000)

        $uids = @(Get-PictifyExperiment | Suspend-PictifyExperiment -ThrottleLimit 16 -ErrorVariable failed | ForEach-Object Uid)

        $failed.Count | Should -Be 0
        $expected = foreach ($number in 1..10000) {
            'exp_sandbox_{0:d6}' -f $number
        }
        $uids.Count | Should -Be 10000
        ($uids -join "`n") | Should -BeExactly ($expected -join "`n")
        $sandbox.Requests['POST pause'] | Should -Be 10000
        (($sandbox.Experiments | ForEach-Object Uid) -join "`n") | Should -BeExactly ($uids -join "`n")
    }
}

Describe 'Suspend-PictifyExperiment for many' {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    It 'misses none of those that the filter for running ones lists, while each pause takes one out of that list' {
        Set-SandboxServer $server @{ reset = $true; generate = 1000 }
        Connect-SandboxServer $server

        $said = Invoke-Captured { Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 1000
        @($said.Output.Uid | Sort-Object -Unique).Count | Should -Be 1000
        $said.Warnings.Count | Should -Be 1
        @((Get-SandboxServer $server).experiments | Where-Object status -EQ 'paused').Count | Should -Be 1000
    }

    It 'sends <AtOnce> requests at once: <Case>' -ForEach @(
        @{ Case = 'by default'; More = ''; AtOnce = 8 }
        @{ Case = '-ThrottleLimit 1'; More = '-ThrottleLimit 1'; AtOnce = 1 }
        @{ Case = '-ThrottleLimit 3'; More = '-ThrottleLimit 3'; AtOnce = 3 }
        @{ Case = '-ThrottleLimit 16'; More = '-ThrottleLimit 16'; AtOnce = 16 }
    ) {
        # Held requests wait in progress, so that as many come together as may. The latency keeps the later ones together too.
        Set-SandboxServer $server @{ reset = $true; generate = 40; hold = $true; latency = 20 }
        $connection = Connect-SandboxServer $server @{ PassThru = $true }
        $uids = foreach ($number in 1..40) {
            'exp_sandbox_{0:d6}' -f $number
        }
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $shell = New-Shell "`$Value | Suspend-PictifyExperiment -Connection `$Connection $More" $connection $uids
        try {
            $running = Start-Shell $shell $output
            $came = Wait-Until { (Get-SandboxServer $server).mostAtOnce -ge $AtOnce }
            Set-SandboxServer $server @{ hold = $false }
            $null = $shell.EndInvoke($running)

            $came | Should -BeTrue
            $shell.Streams.Error.Count | Should -Be 0
        }
        finally {
            Set-SandboxServer $server @{ hold = $false }
            $shell.Dispose()
        }

        $output.Uid | Should -BeExactly $uids
        $state = Get-SandboxServer $server
        $state.mostAtOnce | Should -Be $AtOnce
        $state.requests.'POST pause' | Should -Be 40
    }

    It 'reads a list with one request at a time: <Case>' -ForEach @(
        @{ Case = 'Get-PictifyExperiment'; Command = { Get-PictifyExperiment -ThrottleLimit 1 -Connection $args[0] } }
        @{ Case = '-Name'; Command = { Suspend-PictifyExperiment -Name 'none*' -ThrottleLimit 1 -WhatIf -Connection $args[0] } }
        @{ Case = 'Measure-PictifyExperiment'; Command = { Measure-PictifyExperiment -Name 'none*' -ThrottleLimit 1 -Connection $args[0] } }
    ) {
        Set-SandboxServer $server @{ reset = $true; generate = 650; latency = 20 }
        $connection = Connect-SandboxServer $server @{ PassThru = $true }

        $null = & $Command $connection

        $state = Get-SandboxServer $server
        $state.requests.'GET list' | Should -Be 7
        $state.mostAtOnce | Should -Be 1
    }

    It 'leaves no request behind where it is stopped, and every pause is whole' {
        Set-SandboxServer $server @{ reset = $true; generate = 1000; latency = 20 }
        $connection = Connect-SandboxServer $server @{ PassThru = $true }
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $shell = New-Shell 'Get-PictifyExperiment -Connection $Connection | Suspend-PictifyExperiment -Connection $Connection' $connection
        try {
            $running = Start-Shell $shell $output
            Wait-Until { $output.Count -ge 20 } | Should -BeTrue
            $shell.Stop()
            $ended = { $shell.EndInvoke($running) } | Should -Throw -PassThru
        }
        finally {
            $shell.Dispose()
        }

        # A wrapped exception: what EndInvoke throws is within.
        $ended.Exception.GetBaseException() | Should -BeOfType ([System.Management.Automation.PipelineStoppedException])
        $state = Get-SandboxServer $server
        $state.changeRequests | Should -BeGreaterOrEqual 20
        $state.changeRequests | Should -BeLessOrEqual 999
        @($state.experiments | Where-Object status -EQ 'paused').Count | Should -Be $state.changeRequests

        # A request that was left behind would come now.
        Start-Sleep -Milliseconds 100
        (Get-SandboxServer $server).changeRequests | Should -Be $state.changeRequests
        Set-SandboxServer $server @{ latency = 0 }
        @(Get-PictifyExperiment).Count | Should -Be 1000
    }

    It 'ends without an error where two connections share a rate limit and do not know of each other' {
        Set-SandboxServer $server @{ reset = $true; generate = 200; rateLimit = 60; rateLimitWindow = 1 }
        $halves = @(foreach ($start in 1, 101) {
                , @(foreach ($number in $start..($start + 99)) { 'exp_sandbox_{0:d6}' -f $number })
            })
        $shells = @(foreach ($half in $halves) {
                New-Shell '$Value | Suspend-PictifyExperiment -Connection $Connection' (Connect-SandboxServer $server @{ PassThru = $true }) $half
            })
        try {
            $outputs = @([System.Management.Automation.PSDataCollection[psobject]]::new(), [System.Management.Automation.PSDataCollection[psobject]]::new())
            $running = @(foreach ($i in 0, 1) { Start-Shell $shells[$i] $outputs[$i] })
            foreach ($i in 0, 1) {
                $null = $shells[$i].EndInvoke($running[$i])
            }

            foreach ($i in 0, 1) {
                $shells[$i].Streams.Error.Count | Should -Be 0
                $outputs[$i].Uid | Should -BeExactly $halves[$i]
            }
        }
        finally {
            $shells | ForEach-Object { $_.Dispose() }
        }

        (Get-SandboxServer $server).appliedChanges | Should -Be 200
    }
}

Describe 'Progress' -Tag Measure {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; generate = 80; latency = 20 }
        $connection = Connect-SandboxServer $server @{ PassThru = $true }
        $uids = foreach ($number in 1..80) {
            'exp_sandbox_{0:d6}' -f $number
        }

        function Get-Progress([int] $Count, [string] $More) {
            $shell = New-Shell "`$null = Suspend-PictifyExperiment -Uid `$Value -ThrottleLimit 1 -Connection `$Connection $More" $connection $uids[0..($Count - 1)]
            try {
                $null = $shell.Invoke()
                $shell.Streams.Error.Count | Should -Be 0
                $shell.Streams.Progress | Where-Object Activity -EQ 'Suspending experiments'
            }
            finally {
                $shell.Dispose()
            }
        }
    }

    It 'is shown from a second on, and taken away at the end' {
        $records = @(Get-Progress 80)

        $records.Count | Should -BeGreaterThan 1
        $records[-1].RecordType | Should -Be 'Completed'
        @($records | Where-Object RecordType -EQ 'Completed').Count | Should -Be 1
        @($records | Where-Object { $_.StatusDescription.Contains(' of 80,') }).Count | Should -BeGreaterThan 0
        @($records | Where-Object PercentComplete -GT 0).Count | Should -BeGreaterThan 0
    }

    # -ProgressAction is a parameter from PowerShell 7.4 on.
    It 'is not shown with -ProgressAction SilentlyContinue' -Skip:(-not $hasProgressAction) {
        @(Get-Progress 80 '-ProgressAction SilentlyContinue').Count | Should -Be 0
        (Get-SandboxServer $server).requests.'POST pause' | Should -Be 80
    }

    It 'is not shown for a command that ends sooner' {
        @(Get-Progress 3).Count | Should -Be 0
        (Get-SandboxServer $server).requests.'POST pause' | Should -Be 3
    }
}

Describe 'Memory' -Tag Measure {
    It 'does not grow with the number of experiments that pass through' {
        Connect-Pictify -Sandbox
        $connection = Get-PictifyConnection
        $connection.Sandbox.Generate(20000)

        # In a runspace without a host, where -WhatIf prints nothing. Held memory is what a full collection leaves.
        $shell = New-Shell '
            $count = 0
            Get-PictifyExperiment -Connection $Connection | ForEach-Object {
                $count++
                if ($count -eq 2000 -or $count -eq 19000) {
                    $Value.Add([GC]::GetTotalMemory($true))
                }

                $_
            } | Suspend-PictifyExperiment -WhatIf -Connection $Connection
            $count' $connection ($held = [System.Collections.Generic.List[long]]::new())
        try {
            $count = $shell.Invoke()
        }
        finally {
            $shell.Dispose()
        }

        $count | Should -Be 20000
        $connection.Sandbox.ChangeRequests | Should -Be 0
        $held.Count | Should -Be 2

        # 17,000 experiments that were kept take more than 30 MB; what passes through leaves less than 2.
        ($held[1] - $held[0]) / 1MB | Should -BeLessThan 8
    }
}
