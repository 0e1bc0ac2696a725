#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What a person reads while a command waits: a wait for the rate limit as what it is, and retries without the tags of a gateway's page.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $server = Start-SandboxServer
}

AfterAll {
    Stop-SandboxServer $server
}

Describe 'A wait for the rate limit' -Tag Measure {
    BeforeAll {
        # A script in a runspace of its own, whose progress can be read; it takes $Connection.
        function Get-Streams([string] $Script, $Connection) {
            $shell = [powershell]::Create()
            try {
                $null = $shell.AddScript("param(`$Manifest, `$Connection) Import-Module `$Manifest; $Script").AddArgument($Manifest).AddArgument($Connection)
                $null = $shell.Invoke()
                [pscustomobject]@{
                    Errors   = @($shell.Streams.Error)
                    Verbose  = @($shell.Streams.Verbose | ForEach-Object { $_.Message })
                    Progress = @($shell.Streams.Progress | Where-Object { $_.Activity -match 'experiments$' })
                }
            }
            finally {
                $shell.Dispose()
            }
        }
    }

    It 'reads so, and as no pace: <Script>' -ForEach @(
        @{ Script = '1..12 | ForEach-Object { ''exp_sandbox_{0:d6}'' -f $_ } | Suspend-PictifyExperiment -Connection $Connection -Verbose' }
        @{ Script = 'Get-PictifyExperiment -Uid @(1..12 | ForEach-Object { ''exp_sandbox_{0:d6}'' -f $_ }) -Connection $Connection -Verbose' }
    ) {
        Set-SandboxServer $server @{ reset = $true; generate = 12; rateLimit = 4; rateLimitWindow = 3 }
        $streams = Get-Streams $Script (Connect-SandboxServer $server @{ PassThru = $true })

        $streams.Errors | Should -BeNullOrEmpty
        @($streams.Progress.StatusDescription | Where-Object { $_ -match '^Waiting for the rate limit: \d+ s \(' }).Count | Should -BeGreaterThan 0
        @($streams.Progress.StatusDescription | Where-Object { $_ -match '(^|\D)0/s' }) | Should -BeNullOrEmpty
        @($streams.Progress | Where-Object { $_.StatusDescription -match '^Waiting' -and $_.StatusDescription -match '/s' }) | Should -BeNullOrEmpty
        @($streams.Progress | Where-Object { $_.StatusDescription -match '^Waiting' -and $_.SecondsRemaining -le 0 }) | Should -BeNullOrEmpty
        @($streams.Verbose | Where-Object { $_ -match '^Waiting for the rate limit: \d+ s, until \d\d:\d\d:\d\d\.$' }).Count | Should -BeGreaterThan 0
    }

    It 'is no pace of 0 where the service is slow' {
        Set-SandboxServer $server @{ reset = $true; hold = $true }
        $connection = Connect-SandboxServer $server @{ PassThru = $true }
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript('param($Manifest, $Connection) Import-Module $Manifest; Suspend-PictifyExperiment exp_sandbox_01 -Connection $Connection').AddArgument($Manifest).AddArgument($connection)
            $running = $shell.BeginInvoke()
            Wait-Until { $shell.Streams.Progress.Count -gt 0 } | Should -BeTrue
            Set-SandboxServer $server @{ hold = $false }
            $null = $shell.EndInvoke($running)
            $shown = @($shell.Streams.Progress | ForEach-Object StatusDescription)
        }
        finally {
            Set-SandboxServer $server @{ hold = $false }
            $shell.Dispose()
        }

        $shown | Should -Contain '0 of 1, 0 failed'
        @($shown | Where-Object { $_ -like '*/s*' }) | Should -BeNullOrEmpty
    }
}

Describe 'A page instead of an answer' {
    BeforeEach {
        Set-SandboxServer $server @{ reset = $true }
        Connect-SandboxServer $server @{ RetryIntervalSec = 0; MaximumRetryCount = 2 }
    }

    It 'is named in every stream, and its tags are in none: <Line>, <Fault>' -ForEach @(
        foreach ($fault in 'Error502', 'Error504', 'Html', 'WrongContentType') {
            foreach ($line in @(
                    'Get-PictifyExperiment'
                    'Get-PictifyExperiment -Uid exp_sandbox_01'
                    'Suspend-PictifyExperiment exp_sandbox_01'
                    'Set-PictifyExperiment exp_sandbox_01 -ConfidenceThreshold 0.9'
                    'Copy-PictifyExperiment exp_sandbox_01 -NewSlug copied'
                    'Remove-PictifyExperiment exp_sandbox_11 -Confirm:$false'
                    'Send-PictifyEvent view hero-summer-sale'
                    'Save-PictifyExperimentImage hero-summer-sale -Path $TestDrive -Force'
                    'Invoke-PictifyApi experiments/api'
                    'Get-PictifyExperimentQuota'
                    'Test-PictifyConnection'
                )) {
                @{ Fault = $fault; Line = $line }
            }
        }
    ) {
        Set-SandboxServer $server @{ faults = @{ rate = 1; seed = 1; kinds = @($Fault) } }

        $said = Invoke-Captured ([scriptblock]::Create("$Line -Verbose -Debug"))

        Set-SandboxServer $server @{ faults = $null }
        $texts = @($said.Verbose) + @($said.Warnings) + @($said.Errors | ForEach-Object { "$_" }) + @("$($said.Terminating)")
        $texts += @($said.Errors; $said.Terminating) | ForEach-Object { for ($cause = $_.Exception; $cause; $cause = $cause.InnerException) { $cause.Message } }
        $texts += @($said.Output | Where-Object { $_ -is [System.Management.Automation.DebugRecord] } | ForEach-Object { $_.Message })
        @($texts | Where-Object { $_ -match '</?(html|head|title|body|h1|hr)' }) | Should -BeNullOrEmpty
    }

    It 'is told as a cause of a retry' {
        Set-SandboxServer $server @{ faults = @{ schedule = @{ '1' = 'Error502' } } }

        $said = Invoke-Captured { Get-PictifyExperiment -Verbose }

        $said.Output.Count | Should -Be 12
        @($said.Verbose | Where-Object { $_ -like '*attempt 1 failed*HTTP 502*It sent an HTML page, ''502 Bad Gateway''.' }).Count | Should -Be 1
    }
}
