#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Where a command meets what is another user's, what may not be written, or a session that may not call methods. A full disk is in
# ExitCodes.Tests.ps1 and Save-PictifyExperimentImage.Tests.ps1, a killed process in Update-PictifyOperation.Tests.ps1.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    # Only root may become another user, and mount.
    $isRoot = $IsLinux -and (id -u) -eq 0
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'

    function Get-Errors($Said) {
        @($Said.Errors) + @($Said.Terminating | Where-Object { $_ })
    }
}

Describe 'A ledger of another user' -Skip:(-not $isRoot) {
    BeforeAll {
        if (-not ('OddPlaces.Identity' -as [type])) {
            Add-Type -Namespace OddPlaces -Name Identity -MemberDefinition '[DllImport("libc", SetLastError = true)] public static extern int seteuid(uint uid);'
        }

        $folder = Join-Path $TestDrive 'roots'
        $null = New-Item $folder -ItemType Directory
        & chmod 755 $folder $TestDrive
        $ledger = Join-Path $folder 'ledger.jsonl'
        Connect-Pictify -Sandbox -LedgerPath $ledger
        $null = Suspend-PictifyExperiment exp_sandbox_01 -Reason 'By root'
        $before = [System.IO.File]::ReadAllText($ledger)

        # As nobody, for the kernel: all threads of this process take that user's rights until it is given back.
        function Invoke-AsNobody([scriptblock] $Block) {
            [OddPlaces.Identity]::seteuid(65534) | Should -Be 0
            try {
                Invoke-Captured $Block
            }
            finally {
                $null = [OddPlaces.Identity]::seteuid(0)
            }
        }
    }

    It 'cannot be read, and the error says so: <_>' -ForEach 'Get-PictifyOperation', 'Test-PictifyLedger', 'Get-PictifyPause', 'Resume-PictifyExperiment -Due' {
        $block = [scriptblock]::Create($_)

        $said = Invoke-AsNobody $block

        Get-ErrorId (Get-Errors $said) | Should -BeExactly @('LedgerUnreadable')
        "$(Get-Errors $said)" | Should -Match ([regex]::Escape($ledger))
    }

    It 'cannot be written: a change goes on with one warning, or is refused where the record is required' {
        $said = Invoke-AsNobody { Suspend-PictifyExperiment exp_sandbox_02, exp_sandbox_03 }
        $said.Output.Count | Should -Be 2
        @($said.Warnings -match 'not recorded').Count | Should -Be 1

        Connect-Pictify -Sandbox -LedgerPath $ledger -RequireLedger
        $said = Invoke-AsNobody { Suspend-PictifyExperiment exp_sandbox_02 }
        Get-ErrorId (Get-Errors $said) | Select-Object -Unique | Should -BeExactly 'LedgerUnavailable'
        $said.Output | Should -BeNullOrEmpty
    }

    It 'stays as it was, and is its owner''s alone' {
        [System.IO.File]::ReadAllText($ledger) | Should -BeExactly $before
        (& stat -c '%a' $ledger) | Should -Be '600'
    }
}

Describe 'A folder that may only be read' -Skip:(-not $isRoot) {
    BeforeAll {
        $folder = Join-Path $TestDrive 'readonly'
        $null = New-Item $folder -ItemType Directory
        & mount -t tmpfs -o size=64k tmpfs $folder 2>$null
        $isMounted = $LASTEXITCODE -eq 0
        if ($isMounted) {
            Connect-Pictify -Sandbox -LedgerPath (Join-Path $folder 'there.jsonl')
            $null = Suspend-PictifyExperiment exp_sandbox_01
            & mount -o 'remount,ro' $folder
        }
    }

    AfterAll {
        if ($isMounted) {
            & umount $folder
        }
    }

    It 'keeps no ledger, and no image, and what is there can be read' {
        if (-not $isMounted) {
            Set-ItResult -Skipped -Because 'this machine lets nobody mount'
            return
        }

        Connect-Pictify -Sandbox -LedgerPath (Join-Path $folder 'new.jsonl')
        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01, exp_sandbox_02 }
        $said.Output.Count | Should -Be 2
        @($said.Warnings -match 'not recorded').Count | Should -Be 1
        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_03 -For 1h }
        Get-ErrorId (Get-Errors $said) | Should -BeExactly @('LedgerUnavailable')
        $said = Invoke-Captured { Save-PictifyExperimentImage hero-free-shipping, hero-urgency -Path $folder }
        Get-ErrorId (Get-Errors $said) | Select-Object -Unique | Should -Not -Contain 'InvalidArgument'
        $said.Output | Should -BeNullOrEmpty
        @(Get-ChildItem $folder -Force).Name | Should -Not -Contain 'new.jsonl'

        Connect-Pictify -Sandbox -LedgerPath (Join-Path $folder 'there.jsonl')
        @(Get-PictifyOperation).Count | Should -Be 1
        (Test-PictifyLedger).IsValid | Should -BeTrue
    }
}

Describe 'Constrained language' {
    BeforeAll {
        $state = [initialsessionstate]::CreateDefault2()
        if ($IsWindowsHere) {
            $state.ExecutionPolicy = [Microsoft.PowerShell.ExecutionPolicy]::Bypass
        }

        $runspace = [runspacefactory]::CreateRunspace($state)
        $runspace.Open()
        $shell = [powershell]::Create()
        $shell.Runspace = $runspace
        $null = $shell.AddCommand('Import-Module').AddArgument($Manifest).Invoke()
        $runspace.SessionStateProxy.LanguageMode = 'ConstrainedLanguage'

        function Invoke-Constrained([string] $Script) {
            $shell.Commands.Clear()
            $shell.Streams.ClearStreams()
            $shell.AddScript($Script).Invoke()
        }

        $null = Invoke-Constrained 'Connect-Pictify -Sandbox'
    }

    AfterAll {
        $shell.Dispose()
        $runspace.Dispose()
    }

    It 'lets every change be made and every object be read' {
        $null = Invoke-Constrained '[Pictify.Experiment]::new()'
        $shell.Streams.Error.Count | Should -Be 1 -Because 'else the session would not be constrained'

        $paused = @(Invoke-Constrained "Get-PictifyExperiment 'Hero*' | Suspend-PictifyExperiment -Reason 'Test'")

        $shell.Streams.Error | Should -BeNullOrEmpty
        $paused.Count | Should -Be 5
        @(Invoke-Constrained 'Get-PictifyExperiment | Measure-PictifyExperiment').Count | Should -BeGreaterThan 1
    }

    It 'shows by Select-Object what its tables leave blank, as docs/compatibility.md says' {
        $shown = (Invoke-Constrained "Get-PictifyExperiment 'Hero Summer*' | Select-Object Name, StatusText, Uid | Out-String") -join ''

        $shown | Should -Match 'Hero Summer Sale +(running|paused) +exp_sandbox_01'
        [System.IO.File]::ReadAllText("$Root/docs/compatibility.md") -replace '\s+', ' ' | Should -BeLike '*In constrained language *Select-Object Name, StatusText, Uid*'
    }
}
