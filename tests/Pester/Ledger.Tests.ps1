#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# The ledger across commands: what each change records, -Reason and -Ticket, a ledger that is required, cannot be written or is off,
# where it is, and several processes that write one.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $new = "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }"
    # A call, the entry's status before and after, and what it is about.
    $changes = @(
        @{ Call = 'Suspend-PictifyExperiment exp_sandbox_01'; Before = 'running'; After = 'paused'; Detail = '' }
        @{ Call = 'Resume-PictifyExperiment exp_sandbox_04'; Before = 'paused'; After = 'running'; Detail = '' }
        @{ Call = 'Start-PictifyExperiment exp_sandbox_11 -Wait'; Before = 'draft'; After = 'running'; Detail = '' }
        @{ Call = 'Complete-PictifyExperiment exp_sandbox_01 control -Confirm:$false'; Before = 'running'; After = 'completed'; Detail = 'winnerVariantId=control' }
        @{ Call = 'Remove-PictifyExperiment exp_sandbox_11 -Confirm:$false'; Before = ''; After = 'archived'; Detail = '' }
        @{ Call = "Set-PictifyExperiment exp_sandbox_01 -NewName 'New'"; Before = ''; After = 'running'; Detail = 'name' }
        @{ Call = 'Copy-PictifyExperiment exp_sandbox_01 -NewSlug copy-1'; Before = ''; After = 'draft'; Detail = 'copy of exp_sandbox_01' }
        @{ Call = $new; Before = ''; After = 'draft'; Detail = '' }
        @{ Call = 'Send-PictifyEvent view hero-summer-sale'; Before = ''; After = ''; Detail = '1 of 1 events' }
        @{ Call = 'Invoke-PictifyApi experiments/api/exp_sandbox_01/pause -Method Post'; Before = ''; After = ''; Detail = 'POST experiments/api/exp_sandbox_01/pause' }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'

    function Assert-Done($Said) {
        $Said.Terminating | Should -BeNullOrEmpty
        $Said.Errors | Should -BeNullOrEmpty
    }
}

Describe 'A change over HTTP' {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        $nowhere = Join-Path $TestDrive "$([guid]::NewGuid())"
        [System.IO.File]::WriteAllText($nowhere, '')
        # A path through a file: nothing can be written there.
        $unwritable = Join-Path $nowhere 'ledger.jsonl'
    }

    It 'is recorded with who, why and where: <Call>' -ForEach $changes {
        Connect-SandboxServer $server @{ LedgerPath = $ledger }

        Assert-Done (Invoke-Captured ([scriptblock]::Create("$Call -Reason 'A reason' -Ticket OPS-7")))

        $operation = @(Get-PictifyOperation)
        $operation.Count | Should -Be 1
        $operation[0].Command | Should -BeExactly ($Call -split ' ')[0]
        $operation[0].Changed, $operation[0].Unchanged, $operation[0].Failed, $operation[0].Unknown, $operation[0].Total | Should -Be @(1, 0, 0, 0, 1)
        $entry = @((Get-PictifyOperation -Last).Entries)
        $entry.Count | Should -Be 1
        "$($entry[0].BeforeText)" | Should -BeExactly $Before
        "$($entry[0].AfterText)" | Should -BeExactly $After
        "$($entry[0].Detail)" | Should -BeExactly $Detail
        $entry[0].Reason | Should -BeExactly 'A reason'
        $entry[0].Ticket | Should -BeExactly 'OPS-7'
        $entry[0].Host | Should -BeExactly ([System.Environment]::MachineName)
        $entry[0].User.EndsWith([System.Environment]::UserName) | Should -BeTrue -Because $entry[0].User
        $entry[0].ProcessId | Should -Be $PID
        $entry[0].BaseUrl | Should -BeExactly "$($server.Address)/"
        $entry[0].Key | Should -MatchExactly '^[0-9a-f]{8}$'
        "$($entry[0].SkewMilliseconds)" | Should -Not -BeNullOrEmpty
        [System.IO.File]::ReadAllText($ledger).Contains($TestKey) | Should -BeFalse
        if ($After) {
            $entry[0].Uid | Should -Not -BeNullOrEmpty
        }
    }

    It 'is not sent without a reason where one is required: <Call>' -ForEach $changes {
        Connect-SandboxServer $server @{ RequireReason = $true }

        Get-ErrorId (Invoke-Captured ([scriptblock]::Create($Call))).Terminating | Should -BeExactly 'ReasonRequired'
        Get-ErrorId (Invoke-Captured ([scriptblock]::Create("$Call -Reason ' '"))).Terminating | Should -BeExactly 'ReasonRequired'
        (Get-SandboxServer $server).changeRequests | Should -Be 0

        Assert-Done (Invoke-Captured ([scriptblock]::Create("$Call -Reason x")))
        (Get-SandboxServer $server).changeRequests | Should -Be 1
        Assert-Done (Invoke-Captured { Invoke-PictifyApi experiments/api })
    }

    It 'is not sent where a ledger is required and cannot be written: <Call>' -ForEach $changes {
        Connect-SandboxServer $server @{ LedgerPath = $unwritable; RequireLedger = $true }

        Get-ErrorId (Invoke-Captured ([scriptblock]::Create($Call))).Terminating | Should -BeExactly 'LedgerUnavailable'

        (Get-SandboxServer $server).changeRequests | Should -Be 0
    }

    It 'is sent with a warning where the ledger cannot be written and is not required: <Call>' -ForEach $changes {
        Connect-SandboxServer $server @{ LedgerPath = $unwritable }

        $said = Invoke-Captured ([scriptblock]::Create($Call))

        Assert-Done $said
        $said.Warnings.Count | Should -Be 1
        $said.Warnings[0].Contains('not recorded') | Should -BeTrue -Because $said.Warnings[0]
        (Get-SandboxServer $server).changeRequests | Should -Be 1
    }

    # Where a command is stopped, what was under way is in the ledger with its outcome. Under Wine some of it is stopped on its way
    # to the server.
    It 'has its outcome in the ledger also where the command is stopped' -Tag Measure {
        Set-SandboxServer $server @{ generate = 300 }
        Connect-SandboxServer $server @{ LedgerPath = $ledger }

        $said = Invoke-Captured { Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment | ForEach-Object { throw 'enough' } }

        "$($said.Terminating)" | Should -BeExactly 'enough'
        $operation = @(Get-PictifyOperation)
        $operation.Count | Should -Be 1
        $operation[0].Unknown | Should -Be 0
        # What was recorded but not yet sent when the command was stopped is named as stopped.
        $stopped = @($operation[0].Entries | Where-Object Outcome -EQ 'Failed')
        $stopped | ForEach-Object { $_.Error | Should -BeExactly 'Stopped' }
        $operation[0].Total - $stopped.Count | Should -Be (Get-SandboxServer $server).requests.'POST pause'
        (Test-PictifyLedger).IsValid | Should -BeTrue
    }
}

Describe 'The ledger' {
    BeforeEach {
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox -LedgerPath $ledger
    }

    It 'that cannot be written gives one warning for a batch, and everything is paused' {
        $nowhere = Join-Path $TestDrive 'file'
        [System.IO.File]::WriteAllText($nowhere, '')
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $nowhere 'x')

        $said = Invoke-Captured { Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment }

        $said.Output.Count | Should -Be 8
        $said.Warnings.Count | Should -Be 1
        $said.Warnings[0].Contains('not recorded') | Should -BeTrue -Because $said.Warnings[0]
    }

    It 'that cannot be written refuses a pause with an end, because nothing would ever end it' {
        $nowhere = Join-Path $TestDrive 'file2'
        [System.IO.File]::WriteAllText($nowhere, '')
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $nowhere 'x')

        $said = Invoke-Captured { Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -For 2h }

        $said.Output | Should -BeNullOrEmpty
        $said.Errors.Count | Should -Be 8
        Get-ErrorId $said.Errors | Sort-Object -Unique | Should -BeExactly 'LedgerUnavailable'
        @(Get-PictifyExperiment -Status Running).Count | Should -Be 8
    }

    It 'takes no text that is longer than an entry: nothing is sent, and the error says why' {
        Connect-Pictify -Sandbox

        foreach ($call in { Suspend-PictifyExperiment exp_sandbox_01 -Reason ('x' * 32769) }, { Suspend-PictifyExperiment exp_sandbox_01 -Ticket ('x' * 32769) }) {
            $said = Invoke-Captured $call
            Get-ErrorId $said.Terminating | Should -BeExactly 'InvalidArgument'
            "$($said.Terminating)" | Should -BeLike '*32768 characters*'
        }

        "$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)" | Should -BeExactly 'Running'
    }

    It 'that is off does not stop a change' {
        Connect-Pictify -Sandbox -LedgerPath off

        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 }

        Assert-Done $said
        "$($said.Output.Status)" | Should -BeExactly 'Paused'
        $said.Warnings | Should -BeNullOrEmpty
    }

    It 'that is off is an error of what needs it: <_>' -ForEach @(
        'Get-PictifyOperation'
        'Test-PictifyLedger'
        'Undo-PictifyOperation x'
        'Update-PictifyOperation x'
        'Resume-PictifyExperiment -Due'
        'Suspend-PictifyExperiment exp_sandbox_02 -For 1h'
        'Connect-Pictify -Sandbox -LedgerPath off -RequireLedger'
    ) {
        Connect-Pictify -Sandbox -LedgerPath off
        $null = Suspend-PictifyExperiment exp_sandbox_01

        Get-ErrorId (Invoke-Captured ([scriptblock]::Create($_))).Terminating | Should -BeExactly 'LedgerOff'
    }

    It 'has nothing of -WhatIf: there is no file' {
        Assert-Done (Invoke-Captured { Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -WhatIf })
        $null = Invoke-Captured { 'exp_sandbox_12', 'exp_none' | Suspend-PictifyExperiment -WhatIf }
        $null = Invoke-Captured { '../x' | Suspend-PictifyExperiment -WhatIf }
        Assert-Done (Invoke-Captured { Get-PictifyExperiment 'Hero S*' | Complete-PictifyExperiment -WinnerVariantId control -WhatIf })

        Test-Path $ledger | Should -BeFalse
    }

    It 'counts what failed, whatever it failed at' {
        $null = Invoke-Captured { 'exp_sandbox_01', 'exp_sandbox_04', 'exp_sandbox_11', 'nowhere', '../x', 7 | Suspend-PictifyExperiment }

        $last = Get-PictifyOperation -Last
        $last.Changed | Should -Be 1
        $last.Unchanged | Should -Be 1
        $last.Failed | Should -Be 4
        @($last.Entries | ForEach-Object { "$($_.Error)" }) | Should -BeExactly @('', '', 'StateConflict', 'ExperimentNotFound', 'InvalidUid', 'InvalidInput')
    }

    # Each of the eight pauses a thousand; a change has two lines.
    It 'takes a thousand entries each of eight processes into one chain' -Tag Process {
        $script = Join-Path $TestDrive 'many.ps1'
        [System.IO.File]::WriteAllText($script, @'
param($Manifest, $Ledger)
Import-Module $Manifest
$sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ Experiments = [Pictify.Experiment[]] @() })
$sandbox.Generate(1000)
Connect-Pictify -Sandbox $sandbox -LedgerPath $Ledger -RequireLedger
$null = Get-PictifyExperiment | Suspend-PictifyExperiment -ErrorAction SilentlyContinue
'@)

        $started = @(1..8 | ForEach-Object { Start-Pwsh '-File', $script, $Manifest, $ledger })
        foreach ($run in $started | ForEach-Object { Wait-Pwsh $_ }) {
            $run.Output + $run.Error | Should -Not -Match 'ledger'
            $run.ExitCode | Should -Be 0
        }

        $report = Test-PictifyLedger
        $report.IsValid | Should -BeTrue
        $report.Lines | Should -Be 16000
        $operations = @(Get-PictifyOperation)
        $operations.Total | Should -Be (@(1000) * 8)
        $operations.Unknown | Should -Be (@(0) * 8)
        @($operations.ProcessId | Sort-Object -Unique).Count | Should -Be 8
    }

    # A symbolic link needs a right on Windows that not everybody has; a hard link needs none.
    It 'takes four processes into one chain that name it by its path and by links' {
        $script = Join-Path $TestDrive 'links.ps1'
        [System.IO.File]::WriteAllText($script, @'
param($Manifest, $Ledger)
Import-Module $Manifest
$sandbox = [Pictify.Sandbox.PictifySandbox]::new([Pictify.Sandbox.PictifySandboxOptions] @{ Experiments = [Pictify.Experiment[]] @() })
$sandbox.Generate(500)
Connect-Pictify -Sandbox $sandbox -LedgerPath $Ledger -RequireLedger
$null = Get-PictifyExperiment | Suspend-PictifyExperiment -ErrorAction SilentlyContinue
'@)
        $null = Suspend-PictifyExperiment exp_sandbox_01
        $hard = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        $null = New-Item -ItemType HardLink -Path $hard -Target $ledger
        $link = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        if ($IsWindowsHere) {
            $null = New-Item -ItemType HardLink -Path $link -Target $ledger
        }
        else {
            $null = New-Item -ItemType SymbolicLink -Path $link -Target $ledger
        }

        $bypass = @(if ($IsWindowsHere) { '-ExecutionPolicy', 'Bypass' })
        $runs = @($ledger, $hard, $link, $ledger | ForEach-Object { Start-Pwsh (@($bypass) + @('-File', $script, $Manifest, $_)) })
        $runs | ForEach-Object { $_.Process.WaitForExit() }

        foreach ($run in $runs) {
            $run.Output.Result + $run.Error.Result | Should -Not -Match 'ledger'
            $run.Process.ExitCode | Should -Be 0
        }

        $report = Test-PictifyLedger
        $report.Problems | Should -BeNullOrEmpty
        $report.Lines | Should -Be 4002
        Test-Path "$ledger.lock" | Should -BeFalse
    }
}

Describe 'The place of the ledger, by the environment of a process' -Tag Process {
    BeforeAll {
        # One process, in which PICTIFY_LEDGER changes; each part of its output is one place.
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        $run = Invoke-Pwsh '-Command', "Import-Module '$($Manifest.Replace("'", "''"))'
            `$key = [System.Net.NetworkCredential]::new('', 'pk_test_x').SecurePassword
            function Get-Place { Connect-Pictify -ApiKey `$key -BaseUri http://127.0.0.1:1; (Get-PictifyConnection).LedgerPath }
            Get-Place
            `$env:PICTIFY_LEDGER = '$($ledger.Replace("'", "''"))'
            Get-Place
            Connect-Pictify -Sandbox
            `$null = Suspend-PictifyExperiment exp_sandbox_01
            (Get-PictifyOperation).Changed
            `$env:PICTIFY_LEDGER = `$null
            Get-Place" @{ PICTIFY_LEDGER = 'OFF'; XDG_DATA_HOME = "$TestDrive" }
        $off, $named, $memory, $byDefault = $run.Output.Trim() -split "`n"
    }

    It 'is off where PICTIFY_LEDGER says so' {
        $run.Error | Should -BeNullOrEmpty
        $off | Should -BeExactly 'off'
    }

    It 'is the file that PICTIFY_LEDGER names' {
        $named | Should -BeExactly $ledger
    }

    It 'is a memory of its own for a sandbox, whatever PICTIFY_LEDGER names' {
        $memory | Should -BeExactly '1'
        Test-Path $ledger | Should -BeFalse
    }

    # On Windows the folder is asked of the system, which no variable changes.
    It 'is in the local application data where PICTIFY_LEDGER says nothing (Linux)' -Skip:(-not $IsLinux) {
        $byDefault | Should -BeExactly (Join-Path (Join-Path $TestDrive 'PictifyPS') 'ledger.jsonl')
    }
}

Describe 'Where the ledger is' {
    It 'PICTIFY_LEDGER is read as -LedgerPath is: <Text>' -ForEach @(
        @{ Text = '~/some ledger.jsonl'; Expected = { Join-Path $HOME 'some ledger.jsonl' } }
        @{ Text = 'ledger.jsonl'; Expected = { Join-Path $TestDrive 'ledger.jsonl' } }
        @{ Text = './below/ledger.jsonl'; Expected = { Join-Path $TestDrive 'below/ledger.jsonl' } }
    ) {
        $before = $env:PICTIFY_LEDGER
        Push-Location $TestDrive
        try {
            $env:PICTIFY_LEDGER = $Text
            $byVariable = Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri http://127.0.0.1:1 -PassThru
            $env:PICTIFY_LEDGER = 'off'
            $byParameter = Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri http://127.0.0.1:1 -LedgerPath $Text -PassThru
        }
        finally {
            $env:PICTIFY_LEDGER = $before
            Pop-Location
        }

        # The drive of the tests may be a link: what counts is that both are one file, under the folder that was meant.
        $byVariable.LedgerPath | Should -Be $byParameter.LedgerPath
        [System.IO.Path]::GetFullPath($byVariable.LedgerPath) | Should -Be ([System.IO.Path]::GetFullPath((& $Expected)))
    }

    It 'a location that holds no files is an error: <Script>' -ForEach @(
        @{ Script = 'Connect-Pictify -Sandbox -LedgerPath x' }
        @{ Script = 'Get-PictifyOperation -LedgerPath ./x' }
        @{ Script = 'Test-PictifyLedger -LedgerPath Env:x' }
        @{ Script = 'Connect-Pictify -Sandbox -LedgerPath NoSuchDrive:\x' }
    ) {
        Push-Location Env:
        try {
            $said = Invoke-Captured ([scriptblock]::Create($Script))
        }
        finally {
            Pop-Location
        }

        Get-ErrorId $said.Terminating | Should -Be 'InvalidFilePath'
    }
}
