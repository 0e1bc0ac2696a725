#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Jobs that end pauses, with the user's crontab or systemd: Register-, Get- and Unregister-PictifyDueJob. crontab and systemctl are scripts
# that come first on the path, so that no job of this machine is touched. Windows Task Scheduler is not asked: its text is in the C# suite.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $isWindowsHere = [System.IO.Path]::DirectorySeparatorChar -eq '\'
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer
    $before = @{}
    foreach ($name in 'PATH', 'XDG_CONFIG_HOME', 'FAKE_FOLDER', 'FAKE_SYSTEMD', 'FAKE_LINGER', 'FAKE_REFUSES') {
        $before[$name] = [System.Environment]::GetEnvironmentVariable($name)
    }

    if (-not $IsWindowsHere) {
        $programs = (New-Item (Join-Path $TestDrive 'programs') -ItemType Directory).FullName
        $scripts = @{
            crontab   = @'
#!/bin/sh
echo "crontab $*" >> "$FAKE_FOLDER/calls"
if [ -n "$FAKE_REFUSES" ]; then echo "you are not allowed to use this program" >&2; exit 1; fi
if [ "$1" = - ]; then exec cat > "$FAKE_FOLDER/table"; fi
if [ -f "$FAKE_FOLDER/table" ]; then exec cat "$FAKE_FOLDER/table"; fi
echo "no crontab for somebody" >&2
exit 1
'@
            systemctl = @'
#!/bin/sh
echo "systemctl $*" >> "$FAKE_FOLDER/calls"
[ -n "$FAKE_SYSTEMD" ] || exit 1
case "$2" in
    enable) touch "$FAKE_FOLDER/enabled" ;;
    disable) rm -f "$FAKE_FOLDER/enabled" ;;
    is-enabled | is-active) [ -f "$FAKE_FOLDER/enabled" ] ;;
esac
'@
            loginctl  = @'
#!/bin/sh
echo "$FAKE_LINGER"
'@
        }
        foreach ($name in $scripts.Keys) {
            $file = Join-Path $programs $name
            [System.IO.File]::WriteAllText($file, $scripts[$name].Replace("`r", '') + "`n")
            chmod +x $file
        }
    }

    # What the scheduler was called with, since the last time.
    function Get-Call {
        $file = Join-Path $env:FAKE_FOLDER 'calls'
        if (Test-Path $file) {
            Get-Content $file
            Remove-Item $file
        }
    }
}

AfterAll {
    foreach ($name in $before.Keys) {
        [System.Environment]::SetEnvironmentVariable($name, $before[$name])
    }

    Stop-SandboxServer $server
}

Describe 'A job that ends pauses' -Skip:$isWindowsHere {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        $folder = (New-Item (Join-Path $TestDrive "it's 100% $([guid]::NewGuid().ToString('N'))") -ItemType Directory).FullName
        $env:PATH = "$programs`:$($before.PATH)"
        $env:FAKE_FOLDER = $folder
        $env:XDG_CONFIG_HOME = Join-Path $folder 'con fig'
        $env:FAKE_SYSTEMD = $env:FAKE_REFUSES = ''
        $env:FAKE_LINGER = 'yes'
        $table = Join-Path $folder 'table'
        $ledger = Join-Path $folder 'ledger.jsonl'
        $key = Join-Path $folder 'key.env'
        [System.IO.File]::WriteAllText($key, "# the key`nPICTIFY_API_KEY=$TestKey`n")
        chmod 600 $key
        Connect-SandboxServer $server @{ LedgerPath = $ledger }
        $script = Join-Path $env:XDG_CONFIG_HOME 'Pictify/jobs/resume-due.ps1'
        $units = Join-Path $env:XDG_CONFIG_HOME 'systemd/user'
    }

    It 'is a line in the crontab where there is no systemd, beside the lines of others' {
        [System.IO.File]::WriteAllText($table, "MAILTO=somebody`n0 3 * * * /usr/bin/backup 50\%`n")

        $job = @(Register-PictifyDueJob -Every 5m -EnvironmentFile $key -ErrorAction Stop)

        $job.Count | Should -Be 1
        $job[0] | Should -BeOfType ([Pictify.Schedules.PictifyDueJob])
        "$($job[0].Scheduler) $($job[0].Change)" | Should -BeExactly 'Cron Registered'
        $job[0].Every | Should -Be ([timespan]::FromMinutes(5))
        $job[0].IsActive | Should -BeTrue
        $job[0].LedgerPath | Should -BeExactly $ledger
        $job[0].Key | Should -BeExactly "file $key"
        $lines = [System.IO.File]::ReadAllText($table) -split "`n"
        $lines.Count | Should -Be 4
        $lines[0..1] | Should -BeExactly @('MAILTO=somebody', '0 3 * * * /usr/bin/backup 50\%')
        $lines[2] | Should -BeLike '[*]/5 [*] [*] [*] [*] *-NoProfile -NonInteractive -File * # pictify-resume-due'
        $lines[3] | Should -BeExactly ''
    }

    It 'changes nothing the second time, and says so' {
        $null = Register-PictifyDueJob -Every 5m -EnvironmentFile $key -ErrorAction Stop
        $text = [System.IO.File]::ReadAllText($table)
        $null = Get-Call

        $said = Invoke-Captured { Register-PictifyDueJob -Every 5m -EnvironmentFile $key -Verbose }

        "$($said.Output.Change)" | Should -BeExactly 'Unchanged'
        @($said.Verbose -like '*in this form; nothing is changed*').Count | Should -Be 1
        [System.IO.File]::ReadAllText($table) | Should -BeExactly $text
        @(Get-Call) | Should -Not -Contain 'crontab -'
    }

    It 'is replaced by another time, and not doubled' {
        $null = Register-PictifyDueJob -Every 5m -EnvironmentFile $key -ErrorAction Stop
        $job = Register-PictifyDueJob -Every 1h -EnvironmentFile $key -ErrorAction Stop

        "$($job.Change)" | Should -BeExactly 'Registered'
        $lines = @(Get-Content $table)
        $lines.Count | Should -Be 1
        $lines[0].StartsWith('0 * * * * ') | Should -BeTrue -Because $lines[0]
        (Get-PictifyDueJob).Every | Should -Be ([timespan]::FromHours(1))
    }

    It 'ends a pause when the line runs as cron would run it, and has the key nowhere' -Tag Process {
        $null = Register-PictifyDueJob -Every 5m -EnvironmentFile $key -ErrorAction Stop
        $null = Suspend-PictifyExperiment exp_sandbox_01 -For 1s -WarningAction SilentlyContinue
        $command = @(Get-Content $table)[0] -replace '^\S+ \S+ \S+ \S+ \S+ ' -replace '\\%', '%'

        Wait-Until {
            $run = sh -c $command 2>&1
            if ($LASTEXITCODE) { throw "It ended with $LASTEXITCODE`: $run" }
            "$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)" -eq 'Running'
        } | Should -BeTrue

        (Get-PictifyOperation)[-1].Reason | Should -BeExactly 'The end of the pause has come'
        [System.IO.File]::ReadAllText($table) + [System.IO.File]::ReadAllText($script) | Should -Not -Match $TestKey
    }

    It 'is a timer where systemd runs for the user; a warning says where it ends with the log-on' {
        $env:FAKE_SYSTEMD = '1'
        $env:FAKE_LINGER = 'no'

        $said = Invoke-Captured { Register-PictifyDueJob -Every 90m -EnvironmentFile $key }

        $said.Terminating | Should -BeNullOrEmpty
        "$($said.Output.Scheduler) $($said.Output.IsActive)" | Should -BeExactly 'Systemd True'
        @($said.Warnings -like '*loginctl enable-linger*').Count | Should -Be 1
        @(Get-Content (Join-Path $units 'pictify-resume-due.timer')) | Should -Contain 'OnUnitActiveSec=90min'
        @(Get-Content (Join-Path $units 'pictify-resume-due.service') | Where-Object { $_ -like 'ExecStart=*100%%*' }).Count | Should -Be 1
        $calls = @(Get-Call)
        $calls | Should -Contain 'systemctl --user daemon-reload'
        $calls | Should -Contain 'systemctl --user enable pictify-resume-due.timer'
        "$((Register-PictifyDueJob -Every 90m -EnvironmentFile $key -WarningAction SilentlyContinue).Change)" | Should -BeExactly 'Unchanged'
        @(Get-Call) | Should -Not -Contain 'systemctl --user daemon-reload'

        Unregister-PictifyDueJob -ErrorAction Stop

        Get-PictifyDueJob | Should -BeNullOrEmpty
        @(Get-ChildItem $units) | Should -BeNullOrEmpty
        @(Get-Call) | Should -Contain 'systemctl --user disable --now pictify-resume-due.timer'
    }

    It 'is shown word for word under -WhatIf, and nothing is written' {
        $transcript = Join-Path $folder 'transcript.txt'
        $null = Start-Transcript $transcript
        try {
            Register-PictifyDueJob -Every 5m -EnvironmentFile $key -WhatIf
        }
        finally {
            $null = Stop-Transcript
        }

        Test-Path $table | Should -BeFalse
        Test-Path $script | Should -BeFalse
        $text = [System.IO.File]::ReadAllText($transcript)
        $null = Register-PictifyDueJob -Every 5m -EnvironmentFile $key -ErrorAction Stop
        foreach ($line in @(Get-Content $script) + @(Get-Content $table)) {
            $text.Contains($line) | Should -BeTrue -Because "$line`n$text"
        }
    }

    It 'takes the key from a secret, by its name' {
        $job = Register-PictifyDueJob -Every 5m -SecretName "Pic'tify" -Vault Vault1 -ErrorAction Stop

        $job.Key | Should -BeExactly "secret Pic'tify in vault Vault1"
        @(Get-Content $script | Where-Object { $_.Contains("Get-Secret -Name 'Pic''tify' -Vault 'Vault1' | Connect-Pictify -BaseUri '$($server.Address)/'") }).Count | Should -Be 1
    }

    It 'has a name where there are several; each is taken away alone, and lines of others stay' {
        [System.IO.File]::WriteAllText($table, "0 3 * * * /usr/bin/backup`n")
        $null = Register-PictifyDueJob -Every 5m -EnvironmentFile $key -ErrorAction Stop
        $null = Register-PictifyDueJob -Every 1d -EnvironmentFile $key -Name night -ErrorAction Stop

        (Get-PictifyDueJob).Name | Should -BeExactly @('night', 'resume-due')
        (Get-PictifyDueJob -Name n*).Name | Should -BeExactly @('night')
        Unregister-PictifyDueJob -Name resume-due -WhatIf
        @(Get-PictifyDueJob).Count | Should -Be 2
        Unregister-PictifyDueJob -ErrorAction Stop
        Get-PictifyDueJob night | Unregister-PictifyDueJob -ErrorAction Stop

        Get-PictifyDueJob | Should -BeNullOrEmpty
        [System.IO.File]::ReadAllText($table) | Should -BeExactly "0 3 * * * /usr/bin/backup`n"
        Get-ErrorId (Invoke-Captured { Unregister-PictifyDueJob }).Errors | Should -BeExactly @('DueJobNotFound')
    }

    It 'is known to be gone from the crontab' {
        $null = Register-PictifyDueJob -Every 5m -EnvironmentFile $key -ErrorAction Stop
        Remove-Item $table

        (Get-PictifyDueJob).IsActive | Should -BeFalse
    }

    It 'is refused with <Id>: <Call>' -ForEach @(
        @{ Call = 'Register-PictifyDueJob -Every 5 -EnvironmentFile $key'; Id = 'InvalidArgument'; Says = '*number without a unit*' }
        @{ Call = 'Register-PictifyDueJob -Every 30s -EnvironmentFile $key'; Id = 'InvalidArgument'; Says = '*whole minutes*' }
        @{ Call = 'Register-PictifyDueJob -Every 7m -EnvironmentFile $key'; Id = 'InvalidArgument'; Says = '*cron cannot run a job every 7 minutes*' }
        @{ Call = 'Register-PictifyDueJob -Every 5m -EnvironmentFile $key -Name ../up'; Id = 'InvalidArgument'; Says = '*no name of a job*' }
        @{ Call = 'Register-PictifyDueJob -Every 5m -SecretName "two`nlines"'; Id = 'InvalidArgument'; Says = '*line end*' }
        @{ Call = 'Register-PictifyDueJob -Every 5m -EnvironmentFile "$key.none"'; Id = 'InvalidKeyFile'; Says = '*There is no file*' }
        @{ Call = 'chmod 640 $key; Register-PictifyDueJob -Every 5m -EnvironmentFile $key'; Id = 'InvalidKeyFile'; Says = '*its group*chmod 600*' }
        @{ Call = 'chmod 604 $key; Register-PictifyDueJob -Every 5m -EnvironmentFile $key'; Id = 'InvalidKeyFile'; Says = '*everybody*' }
        @{ Call = 'Set-Content $key OTHER=1; Register-PictifyDueJob -Every 5m -EnvironmentFile $key'; Id = 'InvalidKeyFile'; Says = '*no line PICTIFY_API_KEY*' }
        @{ Call = 'Register-PictifyDueJob -Every 5m -EnvironmentFile $key -Scheduler Systemd'; Id = 'NoScheduler'; Says = '*Systemd is not available*' }
        @{ Call = '$env:FAKE_REFUSES = 1; Register-PictifyDueJob -Every 5m -EnvironmentFile $key'; Id = 'SchedulerFailed'; Says = '*not allowed to use*' }
        @{ Call = 'Connect-Pictify -Sandbox; Register-PictifyDueJob -Every 5m -EnvironmentFile $key'; Id = 'InvalidArgument'; Says = '*sandbox, which no job can reach*' }
        @{ Call = 'Connect-SandboxServer $server @{ LedgerPath = "off" }; Register-PictifyDueJob -Every 5m -EnvironmentFile $key'; Id = 'LedgerOff'; Says = '*needs the ledger*' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Call))

        Get-ErrorId $said.Terminating | Should -BeExactly $Id
        "$($said.Terminating)" | Should -BeLike $Says
        "$($said.Terminating)" | Should -Not -Match $TestKey
        Test-Path $table | Should -BeFalse
    }

    It 'is missed once in a session by a pause with an end, and not where it is registered' {
        # A folder that lasts: for a ledger in a temporary one there is another warning.
        $lasting = Join-Path $HOME "pictify-test-$([guid]::NewGuid().ToString('N'))"
        $null = New-Item $lasting -ItemType Directory
        try {
            $file = Join-Path $folder 'session.ps1'
            [System.IO.File]::WriteAllText($file, @'
param($Manifest, $Ledger, $Key)
Import-Module $Manifest
Set-Content $Ledger ''
Connect-Pictify -NoProxy -LedgerPath $Ledger
'-- first'
$null = Suspend-PictifyExperiment exp_sandbox_01 -For 2h
'-- second'
$null = Suspend-PictifyExperiment exp_sandbox_02 -For 2h
'@)
            $environment = @{ PICTIFY_API_KEY = $TestKey; PICTIFY_BASE_URL = $server.Address; PICTIFY_LEDGER = $null; NO_COLOR = '1' }
            foreach ($name in 'CI', 'GITHUB_ACTIONS', 'GITLAB_CI', 'TF_BUILD', 'JENKINS_URL') {
                $environment[$name] = $null
            }

            $arguments = '-File', $file, $Manifest, (Join-Path $lasting 'ledger.jsonl'), $key
            $run = Invoke-Pwsh $arguments $environment
            $parts = $run.Output -split '(?m)^-- (?:first|second)$'
            $parts[1] | Should -BeLike '*Register-PictifyDueJob has registered no job for the ledger*' -Because "$($run.Output)$($run.Error)"
            $parts[2] | Should -Not -BeLike '*Register-PictifyDueJob*'

            Connect-SandboxServer $server @{ LedgerPath = (Join-Path $lasting 'ledger.jsonl') }
            $null = Register-PictifyDueJob -Every 5m -EnvironmentFile $key -ErrorAction Stop
            (Invoke-Pwsh $arguments $environment).Output | Should -Not -BeLike '*Register-PictifyDueJob*'
        }
        finally {
            Remove-Item $lasting -Recurse
        }
    }
}

Describe 'Tab after Unregister-PictifyDueJob' -Skip:$isWindowsHere {
    It 'offers the jobs' {
        $env:XDG_CONFIG_HOME = Join-Path $TestDrive 'tab'
        $env:FAKE_FOLDER = (New-Item (Join-Path $TestDrive 'tab-calls') -ItemType Directory).FullName
        $env:PATH = "$programs`:$($before.PATH)"
        $env:FAKE_SYSTEMD = $env:FAKE_REFUSES = ''
        Connect-SandboxServer $server @{ LedgerPath = (Join-Path $TestDrive 'tab.jsonl') }
        $null = Register-PictifyDueJob -Every 5m -SecretName Key -Name evening -ErrorAction Stop

        $line = 'Unregister-PictifyDueJob -Name ev'
        [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText |
            Should -BeExactly @('evening')
    }
}
