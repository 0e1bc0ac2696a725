#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# More than one account: connections with names, what comes from one and is piped to another, and profiles for other sessions.
# SecretManagement is a module of this test's own, which stands where PowerShell looks for modules.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSAvoidUsingConvertToSecureStringWithPlainText', '', Justification = 'No real secret.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseUsingScopeModifierInNewRunspaces', '', Justification = 'The jobs take parameters.')]
param()

BeforeDiscovery {
    . $PSScriptRoot/Common.ps1
    $isWindowsHere = $IsWindowsHere
    $withConnection = @((Test-ModuleManifest $Manifest).ExportedCmdlets.Keys | Sort-Object | Where-Object { (Get-Command $_).Parameters.ContainsKey('Connection') } |
            ForEach-Object { @{ Cmdlet = $_ } })
    $esc = [string] [char] 27
    $hostileNames = @('../prod', 'C:\prod', '/etc/passwd', 'prod*', '[p]rod', 'a b', "a'b", 'a;b', "a$($esc)[31mb", "a`nb", "a$([char] 0x202E)b", "pr$([char] 0xF6)d", ('a' * 65)) |
        ForEach-Object { @{ Name = $_; Shown = $_ -replace '[^\x20-\x7e]', '.' } }
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $kept = @{}
    foreach ($name in 'PICTIFY_PROFILES', 'PICTIFY_TEST_KEY', 'PSModulePath') {
        $kept[$name] = [System.Environment]::GetEnvironmentVariable($name)
    }

    $secret = 'pk_test_topsecret0123'

    # A new file for the profiles of a test.
    function Initialize-Profile {
        $env:PICTIFY_PROFILES = Join-Path $TestDrive "$([guid]::NewGuid())/profiles.json"
    }

    function Close-All {
        Get-PictifyConnection * | Disconnect-Pictify
    }

    # The ids of the errors that it wrote, or that ended it.
    function Get-Said($Captured) {
        @($Captured.Errors) + $Captured.Terminating | Where-Object { $_ } | ForEach-Object { Get-ErrorId $_ }
    }

    # All that was said, on every stream.
    function Get-Text($Captured) {
        @($Captured.Output; $Captured.Verbose; $Captured.Warnings) + @($Captured.Errors; $Captured.Terminating | ForEach-Object {
                "$_"
                $_ | Format-List * -Force | Out-String -Width 500
                $_.Exception | Format-List * -Force | Out-String -Width 500
            }) -join '|'
    }

    Initialize-Profile
    Close-All
}

AfterAll {
    Close-All
    foreach ($name in $kept.Keys) {
        [System.Environment]::SetEnvironmentVariable($name, $kept[$name])
    }
}

Describe 'A connection with a name' {
    BeforeEach {
        Close-All
        $prod = Connect-Pictify -Name prod -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid())") -PassThru
        $test = Connect-Pictify -Name test -Sandbox -LedgerPath (Join-Path $TestDrive "$([guid]::NewGuid())") -PassThru
    }

    AfterEach {
        Close-All
    }

    It 'lives beside others, and the last one is the default' {
        $prod.Name, $test.Name | Should -BeExactly @('prod', 'test')
        [object]::ReferenceEquals((Get-PictifyConnection), $test) | Should -BeTrue
        [object]::ReferenceEquals((Get-PictifyConnection prod), $prod) | Should -BeTrue
        [object]::ReferenceEquals((Get-PictifyConnection -Name TEST), $test) | Should -BeTrue
    }

    It 'is taken by its name, in any case, and nothing happens on another' {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -Connection PROD -ErrorAction Stop

        $prod.Sandbox.ChangeRequests | Should -Be 1
        $test.Sandbox.ChangeRequests | Should -Be 0
        "$((Get-PictifyExperiment -Uid exp_sandbox_01 -Connection prod).Status)" | Should -BeExactly 'Paused'
        "$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)" | Should -BeExactly 'Running'
        @(Get-PictifyOperation -Connection prod).Count | Should -Be 1
        Test-Path $test.LedgerPath | Should -BeFalse
    }

    It 'can be made the default of what is typed' {
        $PSDefaultParameterValues['*-Pictify*:Connection'] = 'prod'
        $null = Suspend-PictifyExperiment exp_sandbox_01 -ErrorAction Stop

        $prod.Sandbox.ChangeRequests | Should -Be 1
        $PSDefaultParameterValues.Clear()
    }

    It 'is taken by its name by <Cmdlet>, where Tab offers it' -ForEach $withConnection {
        $parameter = (Get-Command $Cmdlet).Parameters['Connection']

        $parameter.Attributes | ForEach-Object { $_.GetType().Name } | Should -Contain 'ConnectionNameAttribute'
        $line = "$Cmdlet -Connection p"
        [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText |
            Should -BeExactly @('prod')
    }

    It 'is named by -WhatIf, in a view and as text' {
        $file = Join-Path $TestDrive 'whatif.txt'
        Start-Transcript $file | Out-Null
        try {
            Suspend-PictifyExperiment exp_sandbox_01 -Connection prod -WhatIf
        }
        finally {
            Stop-Transcript | Out-Null
        }

        (Get-Content $file -Raw) -replace '\s+', ' ' | Should -BeLike "*(exp_sandbox_01) in prod (Sandbox $($prod.BaseUri))*"
        "$prod" | Should -BeExactly "prod (Sandbox $($prod.BaseUri))"
        $lines = @(Get-PictifyConnection * | Get-Shown | Where-Object { $_.Trim() })
        $lines.Count | Should -Be 4
        $lines[0] | Should -MatchExactly '^Name +Environment +BaseUri +KeyFingerprint *$'
        $lines[2] | Should -MatchExactly '^prod +Sandbox +'
        ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 80
    }

    It 'whose name nobody has is an error that lists the names' {
        $said = Invoke-Captured { Suspend-PictifyExperiment exp_sandbox_01 -Connection stage }

        Get-ErrorId $said.Terminating | Should -BeExactly 'ParameterArgumentTransformationError'
        "$($said.Terminating)" | Should -BeLike "*no connection 'stage'*prod, test*"
        $prod.Sandbox.Requests.Count + $test.Sandbox.Requests.Count | Should -Be 0
    }

    It 'whose name only a profile has is an error that says so' {
        Initialize-Profile
        $null = Save-PictifyConnection -Name stage -Connection prod -ErrorAction Stop

        "$((Invoke-Captured { Get-PictifyExperiment -Connection stage }).Terminating)" | Should -BeLike '*Connect-Pictify -Profile stage*'
    }

    It 'is replaced by another with its name, and closed' {
        $again = Connect-Pictify -Name Prod -Sandbox -PassThru

        $prod.IsClosed | Should -BeTrue
        $again.IsClosed | Should -BeFalse
        [object]::ReferenceEquals((Get-PictifyConnection prod), $again) | Should -BeTrue
        @(Get-PictifyConnection *).Count | Should -Be 2
        $said = Invoke-Captured { Get-PictifyExperiment -Connection $prod }
        Get-ErrorId $said.Terminating | Should -BeExactly 'ConnectionClosed'
        "$($said.Terminating)" | Should -BeLike '*Connect-Pictify with its name*'
    }

    It 'stays where a connection without a name becomes the default, and * gives that too' {
        $unnamed = Connect-Pictify -Sandbox -PassThru

        [object]::ReferenceEquals((Get-PictifyConnection), $unnamed) | Should -BeTrue
        @(Get-PictifyConnection *).Name | Should -BeExactly @('prod', 'test', $null)
        @(Get-PictifyConnection p*, t*).Name | Should -BeExactly @('prod', 'test')
        Get-PictifyConnection 'x*' | Should -BeNullOrEmpty
        Disconnect-Pictify -Connection $unnamed
        $prod.IsClosed, $test.IsClosed | Should -Be @($false, $false)
    }

    It 'that is not there is one error of Get-PictifyConnection, and the others are given' {
        $said = Invoke-Captured { Get-PictifyConnection stage, prod }

        Get-ErrorId $said.Errors | Should -BeExactly @('ConnectionNotFound')
        "$($said.Errors)" | Should -BeLike '*prod, test*'
        $said.Output.Name | Should -BeExactly @('prod')
    }

    It 'is closed alone by <Text>, and no other becomes the default' -ForEach @(
        @{ Text = 'Disconnect-Pictify -Name test' }
        @{ Text = 'Disconnect-Pictify test' }
        @{ Text = 'Disconnect-Pictify -Name te*' }
        @{ Text = 'Get-PictifyConnection test | Disconnect-Pictify' }
        @{ Text = 'Disconnect-Pictify' }
    ) {
        & ([scriptblock]::Create($Text))

        $test.IsClosed | Should -BeTrue
        $prod.IsClosed | Should -BeFalse
        @(Get-PictifyConnection *).Name | Should -BeExactly @('prod')
        Get-ErrorId (Invoke-Captured { Get-PictifyExperiment }).Terminating | Should -BeExactly 'NotConnected'
        @(Get-PictifyExperiment -Connection prod).Count | Should -Be 12
    }

    It 'is no default, and closing it leaves the default' {
        Disconnect-Pictify -Name prod

        [object]::ReferenceEquals((Get-PictifyConnection), $test) | Should -BeTrue
        $test.IsClosed | Should -BeFalse
        Get-ErrorId (Invoke-Captured { Disconnect-Pictify -Name prod }).Errors | Should -BeExactly @('ConnectionNotFound')
    }

    It 'is one of its runspace' {
        $shell = [powershell]::Create().AddScript({
                param($Manifest)
                Import-Module $Manifest
                @(Get-PictifyConnection *).Count
                try { Get-PictifyExperiment -Connection prod } catch { "$_" }
            }).AddArgument($Manifest)
        try {
            $there = @($shell.Invoke())
        }
        finally {
            $shell.Dispose()
        }

        $there[0] | Should -Be 0
        $there[1] | Should -BeLike "*no connection 'prod'*"
    }

    It 'gives Tab its own experiments' {
        $null = Suspend-PictifyExperiment exp_sandbox_01 -Connection prod
        $null = New-PictifyExperiment 'Only in prod' -Type AbTest -Connection prod -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }
        foreach ($line in 'Get-PictifyExperiment -Connection prod -Name only', 'Get-PictifyExperiment -Connection test -Name only', 'Get-PictifyExperiment -Connection stage -Name hero') {
            $found = @([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches | Where-Object ResultType -EQ ParameterValue)
            $found.Count | Should -Be ([int] ($line -match 'prod')) -Because $line
        }
    }

    It 'has no name of <Shown>' -ForEach $hostileNames {
        $said = Invoke-Captured { Connect-Pictify -Name $Name -Sandbox }

        Get-ErrorId $said.Terminating | Should -BeExactly 'InvalidArgument'
        "$($said.Terminating)" | Should -Not -Match '[\x00-\x1f\u202e]'
        @(Get-PictifyConnection *).Name | Should -BeExactly @('prod', 'test')
    }
}

Describe 'What came from another connection' {
    BeforeAll {
        # Two keys at one address, and one ledger: as with two accounts of the service. This server shows both the same experiments, so that
        # only the refusal keeps the one from changing what the other read.
        $server = Start-SandboxServer
        $shared = Join-Path $TestDrive 'shared.jsonl'
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    BeforeEach {
        Close-All
        Set-SandboxServer $server @{ reset = $true }
        Remove-Item $shared -ErrorAction SilentlyContinue
        $more = @{ BaseUri = $server.Address; NoProxy = $true; LedgerPath = $shared; ErrorAction = 'Stop' }
        Connect-Pictify -Name prod -ApiKey (ConvertTo-Key 'pk_live_prodprodprod') @more
        $null = Suspend-PictifyExperiment exp_sandbox_01 -Reason 'Made in prod' -ErrorAction Stop
        Connect-Pictify -Name stage -ApiKey (ConvertTo-Key 'pk_test_stagestage') @more
        $before = (Get-SandboxServer $server).changeRequests
        $before | Should -Be 1
    }

    AfterEach {
        Close-All
    }

    It 'as <What> is refused by <Command>, with both names, and nothing is sent' -ForEach @(
        foreach ($what in @(
                @{ What = 'an experiment'; Read = { Get-PictifyExperiment -Uid exp_sandbox_01 -Connection prod } }
                @{ What = 'a pause'; Read = { Get-PictifyPause -Uid exp_sandbox_01 -Connection prod } }
                @{ What = 'a measurement'; Read = { Get-PictifyExperiment -Uid exp_sandbox_01 -Connection prod | Measure-PictifyExperiment } }
                @{ What = 'an entry of the ledger'; Read = { (Get-PictifyOperation -Connection prod).Entries } }
            )) {
            foreach ($command in 'Suspend', 'Resume', 'Start', 'Complete', 'Set', 'Copy', 'Remove', 'Wait') {
                @{ What = $what.What; Read = $what.Read; Command = "$command-PictifyExperiment" }
            }
        }
    ) {
        $came = & $Read
        $more = switch -Wildcard ($Command) {
            'Complete*' { @{ WinnerVariantId = 'control'; Confirm = $false } }
            'Set*' { @{ FallbackImageUrl = 'https://example.test/x.png' } }
            'Copy*' { @{ NewSlug = 'another-one' } }
            'Remove*' { @{ Confirm = $false } }
            'Wait*' { @{ Status = 'Paused'; TimeoutSec = 1 } }
            default { @{} }
        }
        $said = Invoke-Captured { $came | & $Command @more }

        Get-Said $said | Should -BeExactly @('ConnectionMismatch')
        "$($said.Errors)" | Should -BeLike "*connection prod (Live $($server.Address)/)*present one is stage (Test $($server.Address)/)*-Connection prod*"
        $said.Output | Should -BeNullOrEmpty
        (Get-SandboxServer $server).changeRequests | Should -Be $before
    }

    It 'as <What> goes where its connection is named' -ForEach @(
        @{ What = 'an experiment'; Read = { Get-PictifyExperiment -Uid exp_sandbox_01 -Connection prod } }
        @{ What = 'a pause'; Read = { Get-PictifyPause -Uid exp_sandbox_01 -Connection prod } }
        @{ What = 'a measurement'; Read = { Get-PictifyExperiment -Uid exp_sandbox_01 -Connection prod | Measure-PictifyExperiment } }
        @{ What = 'an entry of the ledger'; Read = { (Get-PictifyOperation -Connection prod).Entries } }
    ) {
        "$((& $Read | Resume-PictifyExperiment -Connection prod -ErrorAction Stop).Status)" | Should -BeExactly 'Running'
    }

    It 'as an operation is not taken back, by <What>' -ForEach @(
        @{ What = 'itself'; Read = { Get-PictifyOperation } }
        @{ What = 'its id'; Read = { (Get-PictifyOperation).Id } }
        @{ What = 'Get-PictifyOperation -Last'; Read = { Get-PictifyOperation -Last } }
    ) {
        $came = & $Read
        foreach ($command in 'Undo', 'Update') {
            $said = Invoke-Captured { $came | & "$command-PictifyOperation" }

            Get-Said $said | Should -BeExactly @('ConnectionMismatch') -Because "$command $($said.Errors)"
            "$($said.Errors)" | Should -BeLike '*connection prod (*present one is stage (*-Connection prod*'
            $said.Output | Should -BeNullOrEmpty
        }

        (Get-SandboxServer $server).changeRequests | Should -Be $before
        "$(($came | Undo-PictifyOperation -Connection prod -ErrorAction Stop).Status)" | Should -BeExactly 'Running'
    }

    It 'as an operation of its own ledger is named too' {
        $own = Join-Path $TestDrive 'own.jsonl'
        Connect-Pictify -Name other -ApiKey (ConvertTo-Key 'pk_live_otherother') -BaseUri $server.Address -NoProxy -LedgerPath $own
        $null = Suspend-PictifyExperiment exp_sandbox_02 -ErrorAction Stop

        $said = Invoke-Captured { Get-PictifyOperation -Connection other | Undo-PictifyOperation -Connection stage }

        Get-Said $said | Should -BeExactly @('ConnectionMismatch')
        "$($said.Errors)" | Should -BeLike '*connection other (*-Connection other*'
    }

    It 'whose key nobody here has is taken back as before: keys are changed, and what they made stays' {
        $operation = Get-PictifyOperation
        Disconnect-Pictify -Name prod

        "$(($operation | Undo-PictifyOperation -ErrorAction Stop).Status)" | Should -BeExactly 'Running'
    }

    It 'without a name is refused as well' {
        $experiment = Get-PictifyExperiment -Uid exp_sandbox_02
        Disconnect-Pictify -Name stage
        Connect-Pictify -ApiKey (ConvertTo-Key 'pk_test_stagestage') -BaseUri $server.Address -NoProxy

        $said = Invoke-Captured { $experiment | Suspend-PictifyExperiment -Connection prod }

        Get-Said $said | Should -BeExactly @('ConnectionMismatch')
        "$($said.Errors)" | Should -BeLike '*connection Test *present one is prod (*Pass that connection*'
    }

    It 'with the same key and address is the same account' {
        $null = Connect-Pictify -Name again -ApiKey (ConvertTo-Key 'pk_live_prodprodprod') -BaseUri $server.Address -NoProxy -LedgerPath $shared
        $before = Get-PictifyExperiment -Uid exp_sandbox_01 -Connection prod

        "$(($before | Resume-PictifyExperiment -Connection again -ErrorAction Stop).Status)" | Should -BeExactly 'Running'
        @(Get-PictifyOperation -Connection prod).Count | Should -Be 2
    }

    It 'is told also where the ledger of another cannot be read' {
        $folder = (New-Item (Join-Path $TestDrive "$([guid]::NewGuid())") -ItemType Directory).FullName
        Connect-Pictify -Name broken -ApiKey (ConvertTo-Key 'pk_live_brokenbroken') -BaseUri $server.Address -NoProxy -LedgerPath $folder

        Get-Said (Invoke-Captured { Undo-PictifyOperation 20200101T000000000Z-00000000 -Connection stage }) | Should -BeExactly @('OperationNotFound')
    }

    It 'as variants is content, and may be used anywhere' {
        $variants = (Get-PictifyExperiment -Uid exp_sandbox_01 -Connection prod).Variants

        (New-PictifyExperiment 'Copied' -Type AbTest -Variant $variants -ErrorAction Stop).Name | Should -BeExactly 'Copied'
    }
}

Describe 'A profile' {
    BeforeEach {
        Close-All
        Initialize-Profile
        $env:PICTIFY_TEST_KEY = $secret
        Connect-Pictify -Name prod -ApiKey (ConvertTo-Key $secret) -BaseUri https://pictify.invalid/v1 -NoProxy -LedgerPath (Join-Path $TestDrive 'prod.jsonl') -RequireLedger -RequireReason -TimeoutSec 7 -MaximumRetryCount 1 -RetryIntervalSec 0.5 -MaximumWaitSec 9
    }

    AfterEach {
        Close-All
    }

    It 'is saved, listed and connected' {
        $saved = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY -ErrorAction Stop
        $first = Get-PictifyConnection
        Disconnect-Pictify
        $listed = @(Get-PictifyConnection -Saved)
        $said = Invoke-Captured { Connect-Pictify -Profile PROD -PassThru -Verbose }
        $again = $said.Output[0]

        $saved | Should -BeOfType ([Pictify.Profiles.PictifyProfile])
        $listed.Count | Should -Be 1
        "$($listed[0])|$($listed[0].Key)" | Should -BeExactly 'prod|environment variable PICTIFY_TEST_KEY'
        foreach ($property in 'Name', 'BaseUri', 'Environment', 'KeyFingerprint', 'Timeout', 'MaximumRetryCount', 'MaximumWait', 'LedgerPath', 'RequireLedger', 'RequireReason') {
            "$($again.$property)" | Should -BeExactly "$($first.$property)" -Because $property
        }

        Get-Text $said | Should -Not -Match 'topsecret'
        [object]::ReferenceEquals((Get-PictifyConnection), $again) | Should -BeTrue
        [object]::ReferenceEquals((Get-PictifyConnection prod), $again) | Should -BeTrue
    }

    It 'holds no key, in the file and in what is shown' {
        $said = Invoke-Captured {
            Save-PictifyConnection -SecretName PictifyProd -Vault Vault1 -Verbose
            Get-PictifyConnection -Saved | ForEach-Object { $_; $_ | Format-List * | Out-String; $_ | Format-Table | Out-String; [System.Management.Automation.PSSerializer]::Serialize($_) }
        }

        $said.Errors | Should -BeNullOrEmpty
        $text = [System.IO.File]::ReadAllText($env:PICTIFY_PROFILES)
        $text | Should -BeLike '*"secretName": "PictifyProd"*"vault": "Vault1"*'
        "$text$(Get-Text $said)" | Should -Not -Match 'topsecret'
        Get-ChildItem (Split-Path $env:PICTIFY_PROFILES) -Force | ForEach-Object { [System.IO.File]::ReadAllText($_.FullName) } | Should -Not -Match 'topsecret'
    }

    It 'is readable by its owner alone' -Skip:$isWindowsHere {
        $null = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY

        stat -c '%a' $env:PICTIFY_PROFILES | Should -BeExactly '600'
        stat -c '%a' (Split-Path $env:PICTIFY_PROFILES) | Should -BeExactly '700'
    }

    It 'that others may write is not used' -Skip:$isWindowsHere {
        $null = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY
        chmod 666 $env:PICTIFY_PROFILES

        $said = Invoke-Captured { Connect-Pictify -Profile prod }

        Get-ErrorId $said.Terminating | Should -BeExactly 'ProfilesUnreadable'
        "$($said.Terminating)" | Should -BeLike '*others may write it*chmod 600*'
    }

    It 'is shown by -WhatIf word for word, and not written' {
        $file = Join-Path $TestDrive 'save.txt'
        Start-Transcript $file | Out-Null
        try {
            $made = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY -WhatIf
        }
        finally {
            Stop-Transcript | Out-Null
        }

        $made | Should -BeNullOrEmpty
        Test-Path $env:PICTIFY_PROFILES | Should -BeFalse
        (Get-Content $file -Raw) | Should -BeLike '*"keyVariable": "PICTIFY_TEST_KEY"*"requireReason": true*'
    }

    It 'is replaced by another with its name' {
        $null = Save-PictifyConnection -KeyVariable ONE
        $null = Save-PictifyConnection -Name Other -Connection prod -KeyVariable TWO
        $null = Save-PictifyConnection -Name PROD -KeyVariable THREE

        @(Get-PictifyConnection -Saved).Key | Should -BeExactly @('environment variable TWO', 'environment variable THREE')
        @(Get-PictifyConnection -Saved o*).Name | Should -BeExactly @('Other')
    }

    It 'is of the connection that has its name, and else of the default' {
        Connect-Pictify -Name sand -Sandbox

        (Save-PictifyConnection -Name prod -KeyVariable KEY).BaseUri | Should -Be 'https://pictify.invalid/v1/'
        (Save-PictifyConnection -Name third).Sandbox | Should -BeTrue
        @(Get-PictifyConnection * | Where-Object Sandbox | Save-PictifyConnection).Name | Should -BeExactly @('sand')
    }

    It 'of a sandbox needs no key, and has no experiments of another' {
        $env:PICTIFY_LEDGER = $null
        try {
            Connect-Pictify -Name sand -Sandbox -RequireReason
        }
        finally {
            $env:PICTIFY_LEDGER = 'off'
        }

        $null = Suspend-PictifyExperiment exp_sandbox_01 -Reason 'x'
        $null = Save-PictifyConnection -ErrorAction Stop
        $again = Connect-Pictify -Profile sand -Name other -PassThru

        "$($again.Environment) $($again.Name) $($again.RequireReason) $($again.LedgerPath)" | Should -BeExactly 'Sandbox other True memory'
        "$((Get-PictifyExperiment -Uid exp_sandbox_01).Status)" | Should -BeExactly 'Running'
        Get-Said (Invoke-Captured { Save-PictifyConnection -KeyVariable KEY }) | Should -BeExactly @('InvalidArgument')
    }

    It 'yields to what Connect-Pictify is given' {
        $null = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY
        $other = Join-Path $TestDrive 'other.jsonl'
        $given = Connect-Pictify -Profile prod -Name p2 -TimeoutSec 11 -RequireReason:$false -LedgerPath $other -MaximumRetryCount 0 -MaximumWaitSec 1 -PassThru

        "$($given.Name) $($given.Timeout.TotalSeconds) $($given.RequireReason) $($given.RequireLedger) $($given.MaximumRetryCount) $($given.MaximumWait.TotalSeconds)" | Should -BeExactly 'p2 11 False True 0 1'
        $given.LedgerPath | Should -BeExactly $other
        Get-ErrorId (Invoke-Captured { Connect-Pictify -Profile prod -LedgerPath off }).Terminating | Should -BeExactly 'LedgerOff'
    }

    It 'warns where a proxy has a credential, which is not saved' {
        Connect-Pictify -Name proxied -ApiKey (ConvertTo-Key $secret) -Proxy http://proxy.invalid:3128 -ProxyCredential ([pscredential]::new('somebody', (ConvertTo-Key 'proxysecret')))

        $said = Invoke-Captured { Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY }

        $said.Warnings | Should -BeLike '*-ProxyCredential*'
        [System.IO.File]::ReadAllText($env:PICTIFY_PROFILES) | Should -Not -Match 'somebody|proxysecret'
        "$((Connect-Pictify -Profile proxied -PassThru -ProxyCredential ([pscredential]::new('somebody', (ConvertTo-Key 'proxysecret')))).Proxy)" | Should -BeExactly 'http://proxy.invalid:3128/'
    }

    It 'needs to know where the key is, which is no key: <Text>' -ForEach @(
        @{ Text = 'Save-PictifyConnection' }
        @{ Text = 'Save-PictifyConnection -KeyVariable pk_test_topsecret0123' }
        @{ Text = 'Save-PictifyConnection -SecretName pk_test_topsecret0123' }
        @{ Text = 'Save-PictifyConnection -SecretName pk_live_topsecretofanother' }
        @{ Text = 'Save-PictifyConnection -SecretName Name -Vault pk_test_topsecret0123' }
        @{ Text = "Save-PictifyConnection -KeyVariable 'NOT A NAME'" }
    ) {
        $said = Invoke-Captured ([scriptblock]::Create($Text))

        Get-Said $said | Should -BeExactly @('InvalidArgument')
        "$($said.Terminating)$($said.Terminating.TargetObject)$($said.Terminating.Exception | Format-List * -Force | Out-String)" | Should -Not -Match 'topsecret'
        Test-Path $env:PICTIFY_PROFILES | Should -BeFalse
    }

    It 'has no name of <Shown>' -ForEach $hostileNames {
        $said = Invoke-Captured { Save-PictifyConnection -Name $Name -KeyVariable PICTIFY_TEST_KEY }

        Get-Said $said | Should -BeExactly @('InvalidArgument')
        "$($said.Terminating)" | Should -Not -Match '[\x00-\x1f\u202e]'
        Test-Path $env:PICTIFY_PROFILES | Should -BeFalse

        Get-Said (Invoke-Captured { Connect-Pictify -Profile $Name }) | Should -BeExactly @('ProfileNotFound')
        Get-Said (Invoke-Captured { Remove-PictifyConnection $Name }) | Should -BeExactly @('ProfileNotFound')
    }

    It 'is removed, and the others stay' {
        'one', 'two', 'three' | ForEach-Object { $null = Save-PictifyConnection -Name $_ -Connection prod -KeyVariable KEY }

        Remove-PictifyConnection one -WhatIf
        @(Get-PictifyConnection -Saved).Count | Should -Be 3
        Remove-PictifyConnection one -ErrorAction Stop
        Get-PictifyConnection -Saved tw* | Remove-PictifyConnection -ErrorAction Stop
        @(Get-PictifyConnection -Saved).Name | Should -BeExactly @('three')
        $said = Invoke-Captured { Remove-PictifyConnection nine, three }
        Get-Said $said | Should -BeExactly @('ProfileNotFound')
        Get-PictifyConnection -Saved | Should -BeNullOrEmpty
        [object]::ReferenceEquals((Get-PictifyConnection), (Get-PictifyConnection prod)) | Should -BeTrue
    }

    It 'is not connected by -Name, and the error says how it is' {
        $null = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY

        $said = Invoke-Captured { Connect-Pictify -Name prod }

        Get-ErrorId $said.Terminating | Should -BeExactly 'NotConnected'
        "$($said.Terminating)" | Should -BeLike "*'Connect-Pictify -Profile prod'*"
    }

    It 'that is not there is an error that says where it was looked for' {
        $said = Invoke-Captured { Connect-Pictify -Profile nowhere }
        $listed = Invoke-Captured { Get-PictifyConnection -Saved nowhere }

        Get-ErrorId $said.Terminating | Should -BeExactly 'ProfileNotFound'
        "$($said.Terminating)".Contains($env:PICTIFY_PROFILES) | Should -BeTrue -Because "$($said.Terminating)"
        Get-ErrorId $listed.Errors | Should -BeExactly @('ProfileNotFound')
    }

    It 'of a broken file is an error, and the file stays' {
        $null = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY
        $broken = [System.IO.File]::ReadAllText($env:PICTIFY_PROFILES).Replace('"name"', "`"apiKey`": `"$secret`", `"name`"")
        [System.IO.File]::WriteAllText($env:PICTIFY_PROFILES, $broken)
        foreach ($block in { Connect-Pictify -Profile prod }, { Get-PictifyConnection -Saved }, { Save-PictifyConnection -KeyVariable KEY }, { Remove-PictifyConnection prod }) {
            $said = Invoke-Captured $block

            Get-ErrorId $said.Terminating | Should -BeExactly 'ProfilesUnreadable' -Because "$block"
            Get-Text $said | Should -Not -Match 'topsecret'
        }

        [System.IO.File]::ReadAllText($env:PICTIFY_PROFILES) | Should -BeExactly $broken
    }

    It 'that cannot be written is an error' {
        $null = New-Item (Split-Path $env:PICTIFY_PROFILES) -ItemType Directory
        $null = New-Item "$env:PICTIFY_PROFILES.lock" -ItemType Directory

        Get-Said (Invoke-Captured { Save-PictifyConnection -KeyVariable KEY }) | Should -BeExactly @('ProfilesNotWritten')
    }

    It 'is offered by Tab: <Line>' -ForEach @(
        @{ Line = 'Connect-Pictify -Profile st' }
        @{ Line = 'Remove-PictifyConnection st' }
        @{ Line = 'Get-PictifyConnection -Saved -Name st' }
    ) {
        $null = Save-PictifyConnection -Name stage -KeyVariable KEY
        $null = Save-PictifyConnection -Name other -KeyVariable KEY

        [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches.CompletionText | Should -BeExactly @('stage')
        [System.IO.File]::WriteAllText($env:PICTIFY_PROFILES, '{')
        @([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches | Where-Object ResultType -EQ ParameterValue) | Should -BeNullOrEmpty
    }

    It 'is shown in 80 columns' {
        $null = Save-PictifyConnection -SecretName PictifyProd -Vault Vault1
        Connect-Pictify -Name sand -Sandbox
        $null = Save-PictifyConnection

        $lines = @(Get-PictifyConnection -Saved | Get-Shown | Where-Object { $_.Trim() })
        ($lines | Measure-Object -Property Length -Maximum).Maximum | Should -BeLessOrEqual 80
        $lines[0] | Should -MatchExactly '^Name +Sandbox +BaseUri +Key *$'
        $lines[2] | Should -MatchExactly '^prod +False +https://pictify.invalid/v1/ +secret PictifyProd in'
    }
}

Describe 'The key of a profile' {
    BeforeAll {
        # What SecretManagement's Get-Secret gives, by the secret's name; what it was asked for is in a variable.
        $modules = Join-Path $TestDrive 'modules'
        $folder = (New-Item (Join-Path $modules 'Microsoft.PowerShell.SecretManagement') -ItemType Directory -Force).FullName
        [System.IO.File]::WriteAllText((Join-Path $folder 'Microsoft.PowerShell.SecretManagement.psm1'), @"
function Get-Secret {
    [CmdletBinding()]
    param([string] `$Name, [string] `$Vault)
    `$global:Asked = "`$Name|`$Vault"
    Write-Verbose "Reading `$Name"
    `$key = [System.Net.NetworkCredential]::new('', '$secret').SecurePassword
    switch (`$Name) {
        Key { `$key }
        Credential { [pscredential]::new('anybody', `$key) }
        Text { '$secret' }
        Two { `$key; `$key }
        None { }
        default { Write-Error "The secret `$Name was not found." }
    }
}
Export-ModuleMember -Function Get-Secret
"@)

        # A command of this name that is not the module's is not asked.
        function Get-Secret { throw 'another command' }

        function Save-Secret([string] $SecretName, [hashtable] $More = @{}) {
            $null = Connect-Pictify -Name vaulted -ApiKey (ConvertTo-Key $secret) -BaseUri https://pictify.invalid
            $null = Save-PictifyConnection -SecretName $SecretName @More -ErrorAction Stop
            Close-All
        }
    }

    BeforeEach {
        Close-All
        Initialize-Profile
        $env:PSModulePath = $modules + [System.IO.Path]::PathSeparator + $kept.PSModulePath
        $global:Asked = $null
    }

    AfterEach {
        Remove-Module Microsoft.PowerShell.SecretManagement -ErrorAction SilentlyContinue
        $env:PSModulePath = $kept.PSModulePath
        $env:PICTIFY_TEST_KEY = $null
        Remove-Variable Asked -Scope Global
        Close-All
    }

    It 'is a secret that is <What>' -ForEach @(
        @{ What = 'a SecureString'; Name = 'Key'; More = @{}; Asked = 'Key|' }
        @{ What = 'a credential, whose password it is'; Name = 'Credential'; More = @{}; Asked = 'Credential|' }
        @{ What = 'in a vault'; Name = 'Key'; More = @{ Vault = "Vault 'one'" }; Asked = "Key|Vault 'one'" }
    ) {
        Save-Secret $Name $More
        $said = Invoke-Captured { Connect-Pictify -Profile vaulted -PassThru -Verbose }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output[0].KeyFingerprint | Should -BeExactly (Connect-Pictify -ApiKey (ConvertTo-Key $secret) -PassThru).KeyFingerprint
        $global:Asked | Should -BeExactly $Asked
        Get-Text $said | Should -Not -Match 'topsecret'
    }

    It 'is not there where <What>' -ForEach @(
        @{ What = 'the vault does not know the secret'; Name = 'Unknown'; Says = '*secret Unknown*Get-Secret failed: The secret Unknown was not found.*' }
        @{ What = 'nothing comes'; Name = 'None'; Says = '*no such secret*' }
        @{ What = 'two come'; Name = 'Two'; Says = '*several*' }
        @{ What = 'a plain text comes'; Name = 'Text'; Says = '*neither a SecureString nor a credential*' }
    ) {
        Save-Secret $Name
        $said = Invoke-Captured { Connect-Pictify -Profile vaulted -Verbose }

        Get-ErrorId $said.Terminating | Should -BeExactly 'ProfileKeyNotFound'
        "$($said.Terminating)" | Should -BeLike $Says
        $said.Errors | Should -BeNullOrEmpty
        Get-Text $said | Should -Not -Match 'topsecret'
        Get-PictifyConnection * | Should -BeNullOrEmpty
    }

    It 'is not there without the module, and the error says what to install' {
        Save-Secret Key
        $env:PSModulePath = $kept.PSModulePath

        $said = Invoke-Captured { Connect-Pictify -Profile vaulted }

        Get-ErrorId $said.Terminating | Should -BeExactly 'ProfileKeyNotFound'
        "$($said.Terminating)" | Should -BeLike '*module Microsoft.PowerShell.SecretManagement*'
        "$($said.Terminating.TargetObject)" | Should -BeExactly 'vaulted'
    }

    It 'is not there where the variable is not set' {
        Connect-Pictify -Name varied -ApiKey (ConvertTo-Key $secret)
        $null = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY
        $said = Invoke-Captured { Connect-Pictify -Profile varied }

        Get-ErrorId $said.Terminating | Should -BeExactly 'ProfileKeyNotFound'
        "$($said.Terminating)" | Should -BeLike '*PICTIFY_TEST_KEY*not set*'
    }
}

Describe 'A profile in another session' -Tag Process {
    BeforeAll {
        $server = Start-SandboxServer @{ key = $TestKey }
        Initialize-Profile
        Close-All
        Connect-SandboxServer $server @{ Name = 'prod'; RequireReason = $true; LedgerPath = (Join-Path $TestDrive 'job.jsonl') }
        $null = Save-PictifyConnection -KeyVariable PICTIFY_TEST_KEY -ErrorAction Stop
        Close-All
    }

    AfterAll {
        Stop-SandboxServer $server
        $env:PICTIFY_TEST_KEY = $null
    }

    It 'is all that a script needs' {
        $file = Join-Path $TestDrive 'script.ps1'
        [System.IO.File]::WriteAllText($file, @'
param($Manifest)
$ErrorActionPreference = 'Stop'
Import-Module $Manifest
Connect-Pictify -Profile prod
Suspend-PictifyExperiment exp_sandbox_01 -Connection prod -Reason 'By a profile' | ForEach-Object { "$($_.Status)" }
try { Suspend-PictifyExperiment exp_sandbox_02 } catch { ($_.FullyQualifiedErrorId -split ',')[0] }
(Get-PictifyOperation).Reason
'@)
        $run = Invoke-Pwsh '-File', $file, $Manifest -Environment @{ PICTIFY_TEST_KEY = $TestKey }

        $run.Error | Should -BeNullOrEmpty
        $run.Output | Should -BeExactly "Paused`nReasonRequired`nBy a profile`n"
        $run.ExitCode | Should -Be 0
    }

    It 'ends a script where the key is not there' {
        $file = Join-Path $TestDrive 'keyless.ps1'
        [System.IO.File]::WriteAllText($file, 'param($Manifest) $ErrorActionPreference = "Stop"; Import-Module $Manifest; Connect-Pictify -Profile prod; "connected"')
        $run = Invoke-Pwsh '-File', $file, $Manifest

        $run.ExitCode | Should -Be 1
        $run.Output | Should -Not -Match 'connected'
        $run.Error -replace '\s+', ' ' | Should -Match 'PICTIFY_TEST_KEY'
    }

    It 'is all that a job needs' {
        $env:PICTIFY_TEST_KEY = $TestKey
        $job = Start-Job -ArgumentList $Manifest {
            param($Manifest)
            Import-Module $Manifest
            Connect-Pictify -Profile prod
            Get-PictifyExperiment -Uid exp_sandbox_03
        }
        try {
            ($job | Wait-Job | Receive-Job -ErrorAction Stop).Uid | Should -BeExactly 'exp_sandbox_03'
        }
        finally {
            $job | Remove-Job -Force
        }
    }
}
