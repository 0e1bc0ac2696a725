#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# How commands end, and what a scheduler sees of it: the table of docs/errors.md, README's recipe and the samples, in processes of
# their own where the exit code is pwsh's, where a key is refused, nobody answers, the ledger's disk is full, one change fails, or one is unknown.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1

    # What exit code each sample has to end with; 'full' is a ledger on a full disk, which each of these demands or, in the recipe, is given.
    $samples = foreach ($name in 'recipe', 'pause-hero', 'friday-freeze', 'guard', 'azure-automation', 'github-actions') {
        foreach ($state in 'right', 'failure', 'unknown', 'refused', 'full') {
            # pause-hero takes a ledger that it is given, and does not demand one.
            @{ Name = $name; State = $state; Expected = [int]($state -ne 'right' -and "$name/$state" -ne 'pause-hero/full') }
        }
    }

    # The table of docs/errors.md: Continues, and the exit codes of -File, -Command, and both under Stop.
    $ways = @(
        @{ State = 'right'; Continues = $true; Success = $true; File = 0; Command = 0; StopFile = 0; StopCommand = 0 }
        @{ State = 'failure'; Continues = $true; Success = $false; File = 0; Command = 1; StopFile = 1; StopCommand = 1 }
        @{ State = 'unknown'; Continues = $true; Success = $false; File = 0; Command = 1; StopFile = 1; StopCommand = 1 }
        @{ State = 'refused'; Continues = $true; Success = $false; File = 0; Command = 1; StopFile = 1; StopCommand = 1 }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'

    # Answers by the key: pk_test_failure has one pause refused, pk_test_unknown has one that no answer tells of.
    function New-Answer([string] $Uid, [string] $Name, [string] $Status) {
        $variants = @(
            @{ id = 'control'; weight = 5000; impressions = 40000; clicks = 4000 }
            @{ id = 'b'; weight = 5000; impressions = 40000; clicks = $(if ($Uid -eq 'exp_1') { 1000 } else { 4000 }) }
        )
        ConvertTo-Json -Compress -Depth 5 @{
            uid = $Uid; name = $Name; slug = $Uid -replace '_', '-'; type = 'ab_test'; status = $Status; templateUid = 'tmpl_1'; variants = $variants
            goalConfig = @{ type = 'click_through'; destinationUrl = 'https://shop.example/' }; createdAt = '2026-11-01T00:00:00Z'; updatedAt = '2026-11-02T00:00:00Z'
        }
    }

    $answers = @{}
    foreach ($number in 1..3) {
        $answers["exp_$number"] = (New-Answer "exp_$number" "Hero $number" 'running'), (New-Answer "exp_$number" "Hero $number" 'paused')
    }

    # The script runs in another runspace, and so has the answers in its text.
    $running = $answers.Values.ForEach({ $_[0] }) -join ','
    $paused = $answers.Keys.ForEach({ "'$_' { '$($answers[$_][1])' }" }) -join "`n"
    $started = $answers.Keys.ForEach({ "'$_' { '$($answers[$_][0])' }" }) -join "`n"
    $script = @"
param(`$Request)
`$mode = `$Request.Headers['Authorization'] -replace '.*pk_test_'
`$uid = if (`$Request.Path -match 'exp_\d') { `$Matches[0] }
if (`$mode -eq 'refused') { 401, '{"error":"The key is not known."}' }
elseif (`$mode -like 'due*' -and `$Request.Path -like '*/pause') { switch (`$uid) { $paused } }
elseif (`$mode -eq 'duerefused') { 401, '{"error":"The key is not known."}' }
elseif (`$mode -eq 'duefailure' -and `$uid -eq 'exp_1' -and `$Request.Method -eq 'POST') { 403, '{"error":"This key may not do that."}' }
elseif (`$mode -eq 'dueunknown' -and `$uid -eq 'exp_1' -and (`$Request.Method -eq 'POST' -or @(`$Requests | Where-Object { `$_.Path -like '*exp_1/start' }).Count -gt 0)) { '<html>A gateway</html>' }
elseif (`$mode -like 'due*' -and `$Request.Method -eq 'POST') { switch (`$uid) { $started } }
elseif (-not `$uid) { '{"experiments":[$running],"pagination":{"page":1,"limit":100,"total":3,"totalPages":1}}' }
elseif (`$uid -eq 'exp_1' -and `$mode -eq 'failure' -and `$Request.Method -eq 'POST') { 403, '{"error":"This key may not do that."}' }
elseif (`$uid -eq 'exp_1' -and `$mode -eq 'unknown') { '<html>A gateway</html>' }
else { switch (`$uid) { $paused } }
"@
    $server = Start-RawServer ([scriptblock]::Create($script))

    # Nobody listens there any more.
    $dead = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
    $dead.Start()
    $deadAddress = "http://127.0.0.1:$($dead.LocalEndpoint.Port)"
    $dead.Stop()

    # A small file system that is full, where this user may make one; else a device that takes nothing.
    $disk = Join-Path $TestDrive 'disk'
    $null = New-Item $disk -ItemType Directory
    $isMounted = $false
    if ((Get-Command mount -ErrorAction Ignore) -and (Test-Path /dev/full)) {
        try {
            & mount -t tmpfs -o size=16k tmpfs $disk 2>$null
            $isMounted = $LASTEXITCODE -eq 0
        }
        catch {
            # Not this user's to do.
            $null = $_
        }
    }

    $full = '/dev/full'
    if ($isMounted) {
        $null = Invoke-Captured { [System.IO.File]::WriteAllBytes("$disk/fill", [byte[]]::new(16384)) }
        $full = "$disk/ledger.jsonl"
    }
    elseif (-not (Test-Path /dev/full)) {
        # A folder cannot be written as a file either.
        $full = $disk
    }

    # One that has room until it is filled, in whole pages: what is left of a ledger's last one must not take a line.
    $page = [System.Environment]::SystemPageSize
    $dueDisk = Join-Path $TestDrive 'due'
    $null = New-Item $dueDisk -ItemType Directory
    if ($isMounted) {
        & mount -t tmpfs -o "size=$(32 * $page)" tmpfs $dueDisk
    }

    function Set-DiskFull([string] $Folder) {
        $filling = [System.IO.File]::Create("$Folder/fill")
        try {
            while ($true) {
                $filling.Write([byte[]]::new($page), 0, $page)
                $filling.Flush()
            }
        }
        catch [System.IO.IOException] {
            # Full.
            $null = $_
        }
        finally {
            $null = Invoke-Captured { $filling.Dispose() }
        }
    }

    function Get-Environment([string] $State) {
        @{
            PICTIFY_API_KEY  = "pk_test_$State"
            PICTIFY_BASE_URL = if ($State -eq 'dead') { $deadAddress } else { $server.Address }
            PICTIFY_LEDGER   = if ($State -eq 'full') { $full } else { Join-Path $TestDrive "$([guid]::NewGuid()).jsonl" }
            NO_COLOR         = '1'
        }
    }

    $scripts = Join-Path $TestDrive 'scripts'
    $null = New-Item $scripts -ItemType Directory
    $import = "Import-Module '$($Manifest.Replace("'", "''"))'"
    function New-Script([string] $Name, [string] $Text) {
        $path = Join-Path $scripts "$Name.ps1"
        [System.IO.File]::WriteAllText($path, "$import`n$Text")
        $path
    }

    $recipe = [regex]::Match([System.IO.File]::ReadAllText("$Root/README.md"), "(?m)^    (\`$ErrorActionPreference = 'Stop').*\n    (Get-PictifyExperiment .*)\n    (if .*exit 1 \})$")
    $job = [regex]::Match([System.IO.File]::ReadAllText("$Samples/github-actions.yml"), '(?s)(Connect-Pictify -RequireReason.*?)\n      - name').Groups[1].Value
    $files = @{
        'recipe'           = New-Script recipe "if (`$env:PICTIFY_LEDGER -eq '$full') { Connect-Pictify -RequireLedger }`n$($recipe.Groups[1])`n$($recipe.Groups[2])`n$($recipe.Groups[3])"
        'pause-hero'       = New-Script pause-hero "& '$Samples/pause-hero.ps1' -Live; exit `$LASTEXITCODE"
        'friday-freeze'    = New-Script friday-freeze "& '$Samples/friday-freeze.ps1' -Live; exit `$LASTEXITCODE"
        'guard'            = New-Script guard "& '$Samples/guard.ps1' -Live; exit `$LASTEXITCODE"
        'resume-due'       = New-Script resume-due "& '$Samples/resume-due.ps1' -Live; exit `$LASTEXITCODE"
        'azure-automation' = New-Script azure-automation "& '$Samples/azure-automation.ps1' -Name 'Hero*' -Reason Test -Connection (Connect-Pictify -PassThru -RequireLedger)"
        # GitHub runs a step's script under Stop.
        'github-actions'   = New-Script github-actions "`$ErrorActionPreference = 'Stop'; `$env:NAME = 'Hero*'; `$env:REASON = 'Test'; `$env:WHAT_IF = 'false'; `$env:GITHUB_RUN_ID = '1'`n$job"
    }
}

AfterAll {
    Stop-RawServer $server
    if ($isMounted) {
        & umount $disk
        & umount $dueDisk
    }
}

Describe 'The table of errors.md, where it is <State>' -Tag Process -ForEach $ways {
    It 'is true by -File and by -Command, as it stands, under Stop and in strict mode' {
        $line = "Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment"
        $way = New-Script "way-$State" "$line`n`"success: `$?, last: `$((Get-PictifyOperation -Last).Succeeded)`""
        $strict = New-Script "strict-$State" "Set-StrictMode -Version Latest`n$line`n`"success: `$?, last: `$((Get-PictifyOperation -Last).Succeeded)`""
        $stop = New-Script "stop-$State" "`$ErrorActionPreference = 'Stop'`n$line`n'went on'"

        $started = @(
            Start-Pwsh '-File', $way (Get-Environment $State)
            Start-Pwsh '-File', $strict (Get-Environment $State)
            Start-Pwsh '-File', $stop (Get-Environment $State)
            Start-Pwsh '-Command', "$import; $line" (Get-Environment $State)
            Start-Pwsh '-Command', "`$ErrorActionPreference = 'Stop'; $import; $line" (Get-Environment $State)
        )
        $runs = @($started | ForEach-Object { Wait-Pwsh $_ })

        $runs.ExitCode | Should -Be @($File, $File, $StopFile, $Command, $StopCommand) -Because ($runs | Out-String -Width 500)
        foreach ($run in $runs[0, 1]) {
            $run.Output.Contains("success: $Success, last: $($State -eq 'right')") | Should -Be $Continues -Because "$($run.Output)$($run.Error)"
        }

        $runs[2].Output.Contains('went on') | Should -Be ($State -eq 'right')
        foreach ($run in $runs) {
            [bool] $run.Error | Should -Be ($State -ne 'right') -Because $run.Error
        }
    }
}

# Started together: what meets nobody waits most of its time.
Describe 'In a process of its own' -Tag Process {
    BeforeAll {
        $started = @{}
        foreach ($run in 'recipe/dead', 'friday-freeze/dead', 'recipe/full', 'friday-freeze/full', 'recipe/failure', 'recipe/unknown') {
            $name, $state = $run -split '/'
            $started[$run] = Start-Pwsh '-File', $files[$name] (Get-Environment $state)
        }
    }

    It '<_> ends with 1, and says why' -ForEach 'recipe/dead', 'friday-freeze/dead', 'recipe/full', 'friday-freeze/full', 'recipe/failure', 'recipe/unknown' {
        $run = Wait-Pwsh $started[$_]

        $run.ExitCode | Should -Be 1 -Because "$($run.Output)$($run.Error)"
        $run.Error | Should -Not -BeNullOrEmpty
    }
}

Describe 'The sample' {
    AfterEach {
        $env:PICTIFY_LEDGER = 'off'
        $env:PICTIFY_API_KEY = $env:PICTIFY_BASE_URL = $null
    }

    It '<Name> ends with <Expected> where it is <State>' -ForEach $samples {
        Disconnect-Pictify
        $variables = Get-Environment $State
        $variables.Remove('NO_COLOR')
        $variables.Keys | ForEach-Object { Set-Item "env:$_" $variables[$_] }
        $global:LASTEXITCODE = 0

        $said = Invoke-Captured { & $files[$Name] }

        $(if ($said.Terminating) { 1 } else { $LASTEXITCODE }) | Should -Be $Expected -Because "$($said.Errors)$($said.Terminating)"
    }
}

Describe 'The sample resume-due.ps1' {
    BeforeAll {
        # A pause of each key whose end has come, recorded by a process that is over: the keys allow the pause.
        $due = @{}
        $end = [datetimeoffset]::MinValue
        foreach ($state in @('right', 'failure', 'unknown', 'refused') + @('full' | Where-Object { $isMounted })) {
            $variables = Get-Environment "due$state"
            $variables.Remove('NO_COLOR')
            if ($state -eq 'full') {
                $variables.PICTIFY_LEDGER = "$dueDisk/ledger.jsonl"
            }

            $due[$state] = $variables
            Connect-Pictify -ApiKey (ConvertTo-Key $variables.PICTIFY_API_KEY) -BaseUri $variables.PICTIFY_BASE_URL -LedgerPath $variables.PICTIFY_LEDGER
            $null = Suspend-PictifyExperiment exp_1, exp_2 -For 1s -WarningAction SilentlyContinue
            $end = @(Get-PictifyOperation)[-1].Until
        }

        if ($isMounted) {
            # Two lines with a reason of the length that brings the ledger to the end of a page, within some bytes.
            $ledger = "$dueDisk/ledger.jsonl"
            $before = (Get-Item $ledger).Length
            $null = Suspend-PictifyExperiment exp_3 -Reason 'x'
            $after = (Get-Item $ledger).Length
            $rest = $page - ($after + $after - $before) % $page
            if ($rest -lt 200) {
                $rest += $page
            }

            $null = Suspend-PictifyExperiment exp_3 -Reason ('x' * [Math]::Floor(($rest - 100) / 2))
            Set-DiskFull $dueDisk
        }

        Disconnect-Pictify
        $null = Wait-Until { [datetimeoffset]::UtcNow -gt $end }
    }

    AfterEach {
        $env:PICTIFY_LEDGER = 'off'
        $env:PICTIFY_API_KEY = $env:PICTIFY_BASE_URL = $null
    }

    It 'ends with <Expected> where it is <State>' -ForEach @(
        @{ State = 'right'; Expected = 0; Resumed = 2 }
        @{ State = 'failure'; Expected = 1; Resumed = 1 }
        @{ State = 'unknown'; Expected = 1; Resumed = 1 }
        @{ State = 'refused'; Expected = 1; Resumed = 0 }
    ) {
        Disconnect-Pictify
        $due[$State].Keys | ForEach-Object { Set-Item "env:$_" $due[$State][$_] }
        $server.Received.Clear()
        $global:LASTEXITCODE = 0

        $said = Invoke-Captured { & $files['resume-due'] }

        $(if ($said.Terminating) { 1 } else { $LASTEXITCODE }) | Should -Be $Expected -Because "$($said.Errors)$($said.Terminating)"
        @($said.Output | Where-Object { "$($_.Status)" -eq 'Running' }).Count | Should -Be $Resumed -Because "$($said.Errors)$($said.Terminating)"
    }

    It 'leaves paused and due what a full disk cannot record, and resumes it once there is room' {
        if (-not $isMounted) {
            Set-ItResult -Skipped -Because 'this machine lets nobody mount a disk that is full'
            return
        }

        Disconnect-Pictify
        $due['full'].Keys | ForEach-Object { Set-Item "env:$_" $due['full'][$_] }
        $server.Received.Clear()
        $global:LASTEXITCODE = 0
        $before = [System.IO.File]::ReadAllText($ledger)

        $said = Invoke-Captured { & $files['resume-due'] }

        $(if ($said.Terminating) { 1 } else { $LASTEXITCODE }) | Should -Be 1
        $said.Output | Should -BeNullOrEmpty
        @($said.Errors | ForEach-Object { Get-ErrorId $_ }) | Should -Be @('LedgerUnavailable', 'LedgerUnavailable')
        @($server.Requests | Where-Object { $_.Method -ne 'GET' }) | Should -BeNullOrEmpty
        [System.IO.File]::ReadAllText($ledger) | Should -BeExactly $before

        # Who does not demand the ledger has the pauses ended, and is told.
        Connect-Pictify
        $said = Invoke-Captured { Resume-PictifyExperiment -Due }
        @($said.Output | Where-Object { "$($_.Status)" -eq 'Running' }).Count | Should -Be 2
        @($said.Warnings -match 'not recorded').Count | Should -Be 1
        $said.Errors | Should -BeNullOrEmpty
        [System.IO.File]::ReadAllText($ledger) | Should -BeExactly $before
        Disconnect-Pictify

        [System.IO.File]::Delete("$dueDisk/fill")
        $global:LASTEXITCODE = 0
        $said = Invoke-Captured { & $files['resume-due'] }

        $LASTEXITCODE | Should -Be 0 -Because "$($said.Errors)$($said.Terminating)"
        @($said.Output | Where-Object { "$($_.Status)" -eq 'Running' }).Count | Should -Be 2
        (Test-PictifyLedger -LedgerPath $ledger).IsValid | Should -BeTrue
    }
}

Describe 'Get-PictifyOperation -Last' {
    BeforeEach {
        Connect-Pictify -Sandbox -LedgerPath $full
    }

    It 'counts in the session what the ledger did not take' {
        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01, exp_sandbox_02, 'exp_nowhere' }

        @($said.Warnings -match 'not recorded').Count | Should -Be 1
        $last = Get-PictifyOperation -Last
        $last.Changed, $last.Failed, $last.Total, $last.Succeeded, $last.ErrorCount | Should -Be @(2, 1, 3, $false, 1)
    }

    It 'counts as failed what was refused because the ledger did not take it' {
        Connect-Pictify -Sandbox -LedgerPath $full -RequireLedger

        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01, exp_sandbox_02 }

        $last = Get-PictifyOperation -Last
        $last.Succeeded | Should -BeFalse
        $last.Changed | Should -Be 0
        @(@($said.Errors) + $said.Terminating | Where-Object { $_ } | ForEach-Object { Get-ErrorId $_ }) | Should -Contain 'LedgerUnavailable'
    }

    It 'says of a run that recorded nothing that it did, where it is to be taken back or settled' {
        if ($full -eq $disk) {
            Set-ItResult -Skipped -Because 'a folder, which stands for a full disk here, cannot be read as a ledger either'
            return
        }

        $null = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 }

        foreach ($block in { $input | Undo-PictifyOperation }, { $input | Update-PictifyOperation }, { $input | Get-PictifyOperation }) {
            $last = Get-PictifyOperation -Last
            if ($last.Command -ne 'Suspend-PictifyExperiment') { $last = $first } else { $first = $last }
            $said = Invoke-Captured { $last | & $block }
            Get-ErrorId $said.Errors | Should -Be 'NothingRecorded'
            "$($said.Errors[0])" | Should -Match 'could not be written \(1 changed'
        }
    }

    It 'says the same of a run that had nothing to do' {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")
        Get-PictifyExperiment | Where-Object Name -EQ 'none' | Suspend-PictifyExperiment

        (Get-PictifyOperation -Last).Succeeded | Should -BeTrue
        $said = Invoke-Captured { Get-PictifyOperation -Last | Undo-PictifyOperation }
        Get-ErrorId $said.Errors | Should -Be 'NothingRecorded'
        "$($said.Errors[0])" | Should -Match 'changed nothing'
    }

    It 'counts where the ledger is off' {
        Connect-Pictify -Sandbox -LedgerPath off
        $null = Suspend-PictifyExperiment exp_sandbox_01

        $last = Get-PictifyOperation -Last
        $last.Changed, $last.Succeeded | Should -Be @(1, $true)
        Get-ErrorId (Invoke-Captured { Get-PictifyOperation }).Terminating | Should -Be 'LedgerOff'
    }

    It 'did not succeed where <What>' -ForEach @(
        @{ What = 'a name was not found'; Block = { Suspend-PictifyExperiment -Name 'Nobody' } }
        @{ What = 'there were too many'; Block = { Get-PictifyExperiment | Suspend-PictifyExperiment -MaximumCount 2 } }
        @{ What = 'what stands behind had enough'; Block = { Get-PictifyExperiment | Suspend-PictifyExperiment | Select-Object -First 1 } }
        @{ What = 'what stands behind threw'; Block = { Get-PictifyExperiment | Suspend-PictifyExperiment | ForEach-Object { throw 'x' } } }
        @{ What = 'the first error ended it'; Block = { 'nowhere', 'exp_sandbox_01' | Suspend-PictifyExperiment -ErrorAction Stop } }
        @{ What = 'a reason was missing'; Block = { Suspend-PictifyExperiment exp_sandbox_01 } }
        @{ What = 'an event was refused'; Block = { Send-PictifyEvent -Event click -Experiment 'no-such-slug' -Reason Test } }
        @{ What = 'a call failed'; Block = { Invoke-PictifyApi 'experiments/api/nowhere' -Method DELETE -Reason Test -Confirm:$false } }
        @{ What = 'an undo found no operation'; Block = { Undo-PictifyOperation nowhere -Reason Test } }
        @{ What = 'a new one broke a rule'; Block = { New-PictifyExperiment 'X' -Type AbTest -Variant @{ id = 'a'; weight = 1 } -Reason Test } }
    ) {
        Connect-Pictify -Sandbox -RequireReason:($What -like 'a reason*')

        $null = Invoke-Captured $Block

        (Get-PictifyOperation -Last).Succeeded | Should -BeFalse
    }

    It 'succeeded where everything was done' {
        Connect-Pictify -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid()).jsonl")

        $null = Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment

        $last = Get-PictifyOperation -Last
        $last.Succeeded, $last.EndedEarly, $last.ErrorCount | Should -Be @($true, $false, 0)
        $read = Get-PictifyOperation
        $read.Succeeded, $read.EndedEarly, $read.ErrorCount | Should -Be @($true, $false, $null)
    }
}

Describe 'An operation that was stopped' {
    BeforeEach {
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        Connect-Pictify -Sandbox -LedgerPath $file
    }

    It 'is so in a later process too' -Tag Process {
        $write = New-Script stopped "
            Connect-Pictify -Sandbox -LedgerPath '$file'
            Get-PictifyExperiment -Status Running | Suspend-PictifyExperiment -ThrottleLimit 1 -Reason First | Select-Object -First 1 | Out-Null
            try { Suspend-PictifyExperiment -Name 'Hero*' -ThrottleLimit 1 -Reason Throw | ForEach-Object { throw 'x' } } catch { }
            Suspend-PictifyExperiment exp_sandbox_01 -Reason Whole | Out-Null
            try { 'a b', 'exp_sandbox_01' | Suspend-PictifyExperiment -Reason Nothing | ForEach-Object { throw 'x' } } catch { }
            Suspend-PictifyExperiment exp_sandbox_01 -Reason Missing -WhatIf | Select-Object -First 1
            `$ErrorActionPreference = 'Stop'
            Suspend-PictifyExperiment exp_nowhere, exp_sandbox_01 -ThrottleLimit 1 -Reason Stop"
        $read = New-Script later "
            Get-PictifyOperation -LedgerPath '$file' | ForEach-Object { `"`$(`$_.Reason) `$(`$_.Total) `$(`$_.EndedEarly) `$(`$_.Succeeded)`" }
            (Get-PictifyOperation -LedgerPath '$file' -Last).Reason
            Get-PictifyOperation -LedgerPath '$file' -Reason First | Format-List
            Get-PictifyOperation -LedgerPath '$file' -Reason First"

        (Invoke-Pwsh '-File', $write @{ NO_COLOR = '1' }).ExitCode | Should -Be 1
        $later = Invoke-Pwsh '-File', $read @{ NO_COLOR = '1' }

        $lines = @($later.Output -split "`n")
        # How many were under way when it was stopped is not told here.
        $lines[0..5] -replace '\d', '#' | Should -Be @('First # True False', 'Throw # True False', 'Whole # False True', 'Nothing # True False', 'Stop # True False', 'Stop')
        $totals = @($lines[0..4] | ForEach-Object { [int] ($_ -split ' ')[1] })
        $later.Output | Should -Match '(?m)^EndedEarly *: True$'
        $later.Output | Should -Match 'Suspend +[0-9] +[0-9] +0 ended early, F'
        @([System.IO.File]::ReadAllLines($file) | ForEach-Object { $_ | ConvertFrom-Json } | Where-Object kind -EQ 'stopped' | ForEach-Object { "$($_.reason): $($_.detail)" }) |
            Should -Be @('First: ', "Throw: $(5 - $totals[1]) not attempted", 'Nothing: ', "Stop: $(2 - $totals[4]) not attempted")
        (Test-PictifyLedger -LedgerPath $file).IsValid | Should -BeTrue
    }

    It 'is so where the pipeline is stopped from without' {
        $connection = Connect-Pictify -Sandbox -LedgerPath $file -PassThru
        $shell = [powershell]::Create().AddScript("
            param(`$Manifest, `$Connection, `$Gate)
            Import-Module `$Manifest
            Get-PictifyExperiment -Connection `$Connection | Suspend-PictifyExperiment -Connection `$Connection -ThrottleLimit 1 | ForEach-Object { `$null = `$Gate.Set(); [System.Threading.Thread]::Sleep(20) }")
        $gate = [System.Threading.ManualResetEventSlim]::new()
        try {
            $running = $shell.AddArgument($Manifest).AddArgument($connection).AddArgument($gate).BeginInvoke()
            $gate.Wait(60000) | Should -BeTrue
            $shell.Stop()
            $null = Invoke-Captured { $shell.EndInvoke($running) }
        }
        finally {
            $shell.Dispose()
        }

        $operation = Get-PictifyOperation
        $operation.EndedEarly, $operation.Succeeded | Should -Be @($true, $false)
        $operation.Total | Should -BeLessThan 14
    }

    It 'is taken back, settled and counted as any other' {
        $paused = Suspend-PictifyExperiment exp_sandbox_01 -For 1h | Select-Object -First 1
        $operation = Get-PictifyOperation

        $operation.EndedEarly, $operation.Total, $operation.Changed, $operation.Entries.Count | Should -Be @($true, 1, 1, 1)
        (Get-PictifyPause | Where-Object Uid -EQ $paused.Uid).OperationId | Should -Be $operation.Id
        (Invoke-Captured { $operation | Update-PictifyOperation }).Errors | Should -BeNullOrEmpty
        @($operation | Undo-PictifyOperation).Count | Should -Be 1
        @(Get-PictifyOperation).Count | Should -Be 2
        (Get-PictifyOperation $operation.Id).EndedEarly | Should -BeTrue
    }

    It 'ends as it does where that cannot be recorded: <What>' -ForEach @(
        @{ What = 'a folder is in its place'; Warning = 'early end of the command was not recorded: .*it is a folder' }
        @{ What = 'another program keeps it locked'; Warning = 'early end of the command was not recorded: Another program keeps the ledger locked' }
    ) {
        $hold = {
            if ($What -like 'a folder*') {
                Remove-Item $file
                $null = New-Item $file -ItemType Directory
                return
            }

            $type = [Pictify.Ledger.PictifyLedger].Assembly.GetType('Pictify.Ledger.LedgerStore+InFile')
            $store = [System.Activator]::CreateInstance($type, [object[]] @([string] $file))
            $script:writeLock = $type.GetMethod('TryLock').Invoke($store, @())
        }

        $said = Invoke-Captured { Suspend-PictifyExperiment -Uid exp_sandbox_01 | ForEach-Object { & $hold; throw 'enough' } }
        if ($script:writeLock) {
            $script:writeLock.Dispose()
            $script:writeLock = $null
        }

        "$($said.Terminating)" | Should -BeExactly 'enough'
        @($said.Warnings).Count | Should -Be 1
        "$($said.Warnings[0])" | Should -Match $Warning
        (Get-PictifyOperation -Last).EndedEarly | Should -BeTrue
    }
}
