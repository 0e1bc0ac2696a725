#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# Connect-Pictify, and the connection that the environment makes: keys, addresses, and a sandbox that is handed on.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer @{ key = $TestKey }
}

AfterAll {
    Stop-SandboxServer $server
}

Describe 'The environment' -Tag Process {
    BeforeAll {
        # One process, whose environment changes before it connects. An error's text is written whole: as shown it is broken into
        # lines of a width.
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        $run = Invoke-Pwsh '-Command', "Import-Module '$($Manifest.Replace("'", "''"))'
            function Get-Refusal { try { Get-PictifyExperiment; 'no error' } catch { [Console]::Out.WriteLine(`$_.ToString()) } }
            Get-Refusal
            '--'
            `$env:PICTIFY_API_KEY = '$TestKey'
            `$env:PICTIFY_BASE_URL = 'not an address'
            Get-Refusal
            '--'
            `$env:PICTIFY_BASE_URL = '$($server.Address)'
            (Get-PictifyExperiment).Count
            (Get-PictifyConnection).Environment.ToString()"
        $withoutKey, $wrongAddress, $connected = $run.Output -split "--`n"
    }

    It 'without a key, the error names both ways to connect' {
        $withoutKey.Contains('Connect-Pictify') | Should -BeTrue -Because $withoutKey
        $withoutKey.Contains('PICTIFY_API_KEY') | Should -BeTrue -Because $withoutKey
    }

    It 'with an address that cannot be right, the error names the variable' {
        $wrongAddress.Contains('PICTIFY_BASE_URL') | Should -BeTrue -Because $wrongAddress
    }

    It 'with a key, it connects without a word' {
        $connected | Should -BeExactly "12`nTest`n"
        $run.Error | Should -BeExactly ''
        $run.ExitCode | Should -Be 0
    }
}

Describe 'Connect-Pictify' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true; key = $TestKey }
        Disconnect-Pictify
    }

    It 'takes a <Kind> from the pipeline' -ForEach @(
        @{ Kind = 'credential, whose password is the key'; Key = { [pscredential]::new('anybody', (ConvertTo-Key $TestKey)) } }
        @{ Kind = 'secure string'; Key = { ConvertTo-Key $TestKey } }
    ) {
        & $Key | Connect-Pictify -BaseUri $server.Address -NoProxy -ErrorAction Stop

        @(Get-PictifyExperiment -ErrorAction Stop).Count | Should -Be 12
    }

    It 'refuses an http address' {
        $said = Invoke-Captured { Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri http://api.pictify.io }

        Get-ErrorId $said.Terminating | Should -BeExactly 'InvalidArgument'
        $said.Terminating.Exception.Message.Contains('https') | Should -BeTrue -Because $said.Terminating.Exception.Message
        Get-PictifyConnection | Should -BeNullOrEmpty
    }

    It 'shows the key in no stream and in no view' {
        $said = Invoke-Captured {
            Connect-Pictify -ApiKey (ConvertTo-Key 'pk_live_topsecret') -PassThru -Verbose -Debug |
                ForEach-Object { $_; "$_"; [System.Management.Automation.PSSerializer]::Serialize($_, 5) }
        }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Count | Should -Be 3
        $said.Verbose.Count | Should -BeGreaterThan 0
        "$($said.Output[0].Environment)" | Should -BeExactly 'Live'
        $everything = @(
            $said.Output + $said.Verbose + $said.Warnings
            $said.Output[0].PSObject.Properties | ForEach-Object { "$($_.Name)=$($_.Value)" }
            $said.Output[0] | Format-List -Property * -Force | Out-String -Width 500
            $said.Output[0] | Format-Table | Out-String -Width 500
        ) -join '|'
        $everything.Contains('Environment=Live') | Should -BeTrue
        $everything.Contains('topsecret') | Should -BeFalse
    }

    It 'takes a key of no known kind for a live one, with a warning' {
        $said = Invoke-Captured { Connect-Pictify -ApiKey (ConvertTo-Key 'sk_1') -PassThru }

        $said.Terminating | Should -BeNullOrEmpty
        "$($said.Output.Environment)" | Should -BeExactly 'Live'
        $said.Warnings.Count | Should -Be 1
        $said.Warnings[0].Contains('sk_1') | Should -BeFalse
    }

    It 'takes a sandbox of another connection: <Script>' -ForEach @(
        @{ Script = 'Connect-Pictify -Sandbox $args[0]' }
        @{ Script = 'Connect-Pictify -Sandbox -State $args[0]' }
    ) {
        Connect-Pictify -Sandbox
        $null = Suspend-PictifyExperiment exp_sandbox_01 -ErrorAction Stop
        $shell = [powershell]::Create().AddScript({
                param($Manifest, $Script, $Sandbox)
                Import-Module $Manifest
                & ([scriptblock]::Create($Script)) $Sandbox
                "$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)"
            }).AddArgument($Manifest).AddArgument($Script).AddArgument((Get-PictifyConnection).Sandbox)
        try {
            $there = @($shell.Invoke())
            $shell.Streams.Error | Should -BeNullOrEmpty
        }
        finally {
            $shell.Dispose()
        }

        $there | Should -BeExactly @('Paused')
    }
}

Describe 'A plain text where a secret belongs' {
    BeforeAll {
        $plain = 'pk_live_topsecret'

        # All that an error holds, its own objects included.
        function Get-All($ErrorRecord) {
            @($ErrorRecord | ForEach-Object {
                    "$_"
                    $_ | Format-List * -Force | Out-String -Width 500
                    $_.Exception | Format-List * -Force | Out-String -Width 500
                    "$($_.TargetObject)"
                    "$($_.InvocationInfo.BoundParameters.Values)"
                    "$($_.InvocationInfo.UnboundArguments)"
                    [System.Management.Automation.PSSerializer]::Serialize($_, 3)
                }) -join '|'
        }
    }

    BeforeEach {
        Disconnect-Pictify
        $Error.Clear()
    }

    It 'is refused once, is not repeated and ends the command: <Script>' -ForEach @(
        @{ Script = 'Connect-Pictify $plain' }
        @{ Script = 'Connect-Pictify -ApiKey $plain' }
        @{ Script = '$plain | Connect-Pictify' }
        @{ Script = '[pscustomobject]@{ Key = $plain } | Connect-Pictify' }
        @{ Script = '@{ Key = $plain } | Connect-Pictify' }
        @{ Script = 'Connect-Pictify @($plain)' }
        @{ Script = 'Connect-Pictify -ApiKey $plain.ToCharArray()' }
        @{ Script = 'Connect-Pictify -Credential $plain' }
        @{ Script = 'Connect-Pictify -Sandbox; Send-PictifyEvent view hero-summer-sale -WriteKey $plain' }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Script))

        Get-ErrorId $said.Terminating | Should -Be 'PlainTextSecret'
        $said.Terminating.TargetObject | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        "$($said.Terminating)" | Should -BeLike '*SecureString*Read-Host*'
        (Get-All $said.Terminating).Contains('topsecret') | Should -BeFalse
        (Get-All $Error).Contains('topsecret') | Should -BeFalse
        if ($Script -notlike '*Sandbox*') {
            Get-PictifyConnection | Should -BeNullOrEmpty
        }
    }

    It 'ends a job with exit code 1, and asks nobody' {
        $ran = Invoke-Pwsh -Arguments '-Command', "Import-Module '$Manifest'; `$env:SOME_KEY | Connect-Pictify; 'went on'" -Environment @{ SOME_KEY = $plain }

        "$($ran.Output)$($ran.Error)".Contains('topsecret') | Should -BeFalse
        "$($ran.Output)$($ran.Error)".Contains('Password for user') | Should -BeFalse
        $ran.Error.Contains('SecureString') | Should -BeTrue -Because $ran.Error
        Invoke-Pwsh -Arguments '-Command', "Import-Module '$Manifest'; `$ErrorActionPreference = 'Stop'; `$env:SOME_KEY | Connect-Pictify; 'went on'" -Environment @{ SOME_KEY = $plain } |
            ForEach-Object ExitCode | Should -Be 1
    }
}
