#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What was seen in a sandbox is never sent to a service, whatever carries it. Nothing listens where the live connection leads: a request
# would fail with another error.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
    # The ids of the errors that it wrote, or that ended it.
    function Get-Said($Captured) {
        @($Captured.Errors) + $Captured.Terminating | Where-Object { $_ } | ForEach-Object { Get-ErrorId $_ }
    }

    $live = Connect-Pictify -ApiKey (ConvertTo-Key 'pk_live_nowhere') -BaseUri 'https://pictify.invalid/' -NoProxy -MaximumRetryCount 0 -PassThru
    $ledger = Join-Path $TestDrive 'sandbox.jsonl'
    $sandbox = Connect-Pictify -Sandbox -LedgerPath $ledger -PassThru
    $experiment = Suspend-PictifyExperiment exp_sandbox_01 -Connection $sandbox
    $operation = Get-PictifyOperation -Last
    $new = New-PictifyExperiment 'Made here' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }
    $csv = Join-Path $TestDrive 'e.csv'
    $experiment | Select-Object Uid, Name, Slug | Export-Csv $csv -NoTypeInformation
    $xml = Join-Path $TestDrive 'e.xml'
    $experiment | Export-Clixml $xml
}

Describe 'A live connection refuses an experiment of a sandbox' {
    It 'that comes as <What>' -ForEach @(
        @{ What = 'itself'; Carrier = { $experiment } }
        @{ What = 'its uid'; Carrier = { 'exp_sandbox_01' } }
        @{ What = 'its uid, in other letters'; Carrier = { 'EXP_Sandbox_01' } }
        @{ What = 'the uid of one that was made there'; Carrier = { $new.Uid } }
        @{ What = 'Select-Object Uid, Name'; Carrier = { $experiment | Select-Object Uid, Name } }
        @{ What = 'a hashtable'; Carrier = { @{ Uid = 'exp_sandbox_01' } } }
        @{ What = 'a row of a CSV'; Carrier = { Import-Csv $csv } }
        @{ What = 'an object of a CLIXML file'; Carrier = { Import-Clixml $xml } }
        @{ What = 'JSON'; Carrier = { $experiment | ConvertTo-Json -Depth 8 | ConvertFrom-Json } }
        @{ What = 'an entry of a ledger'; Carrier = { $operation.Entries } }
        @{ What = 'an entry of a ledger, from a file'; Carrier = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($operation.Entries[0])) } }
        @{ What = 'a measurement'; Carrier = { Get-PictifyExperiment -Uid exp_sandbox_01 -Connection $sandbox | Measure-PictifyExperiment } }
    ) {
        $carrier = & $Carrier
        foreach ($command in 'Suspend', 'Resume', 'Start', 'Remove', 'Wait', 'Set', 'Copy', 'Complete') {
            $more = switch ($command) {
                Set { @{ Hypothesis = 'x' } }
                Copy { @{ NewSlug = 'another-one' } }
                Complete { @{ WinnerVariantId = 'control' } }
                Wait { @{ Status = 'Paused'; TimeoutSec = 1 } }
                default { @{} }
            }
            if ($command -in 'Remove', 'Complete') { $more.Confirm = $false }
            $said = Invoke-Captured { $carrier | & "$command-PictifyExperiment" -Connection $live @more }

            Get-Said $said | Should -Be 'ConnectionMismatch' -Because "$command $($said.Errors) $($said.Terminating)"
            $said.Output | Should -BeNullOrEmpty
        }
    }

    It 'that is named by <What>' -ForEach @(
        @{ What = 'Suspend -Uid'; Block = { Suspend-PictifyExperiment -Uid exp_sandbox_01 -Connection $live } }
        @{ What = 'Get -Uid'; Block = { Get-PictifyExperiment -Uid exp_sandbox_01 -Connection $live } }
        @{ What = 'Get by property name'; Block = { $experiment | Select-Object Uid | Get-PictifyExperiment -Connection $live } }
        @{ What = 'Measure -Uid'; Block = { Measure-PictifyExperiment -Uid exp_sandbox_01 -Connection $live } }
        @{ What = 'a path'; Block = { Invoke-PictifyApi experiments/api/exp_sandbox_01 -Connection $live } }
        @{ What = 'an escaped path'; Block = { Invoke-PictifyApi 'experiments/api/exp%5Fsandbox_01/pause' -Method POST -Connection $live } }
        @{ What = 'a body'; Block = { Invoke-PictifyApi events -Method POST -Body @{ events = @(@{ experiment = 'exp_sandbox_01' }) } -Connection $live } }
        @{ What = 'a body as text'; Block = { Invoke-PictifyApi events -Method POST -Body '{ "experiment": "exp_sandbox_01" }' -Connection $live } }
        @{ What = 'an event'; Block = { Send-PictifyEvent -Event click -Experiment exp_sandbox_01 -Connection $live } }
        @{ What = 'an event as an object'; Block = { @{ event = 'click'; experiment = 'exp_sandbox_01' } | Send-PictifyEvent -Connection $live } }
        @{ What = 'an image'; Block = { $experiment | Save-PictifyExperimentImage -Path $TestDrive -Connection $live } }
        @{ What = 'an image of a row'; Block = { Import-Csv $csv | Save-PictifyExperimentImage -Path $TestDrive -Connection $live } }
    ) {
        $said = Invoke-Captured $Block

        Get-Said $said | Should -Be 'ConnectionMismatch' -Because "$($said.Errors) $($said.Terminating)"
        $said.Output | Should -BeNullOrEmpty
    }

    It 'that an operation of its ledger tells of' {
        $both = Connect-Pictify -ApiKey (ConvertTo-Key 'pk_live_nowhere') -BaseUri 'https://pictify.invalid/' -NoProxy -MaximumRetryCount 0 -LedgerPath $ledger -PassThru

        $undone = Invoke-Captured { $operation | Undo-PictifyOperation -Connection $both }
        $updated = Invoke-Captured { $operation | Update-PictifyOperation -Connection $both }
        $due = Invoke-Captured { Resume-PictifyExperiment -Due -Connection $both }

        Get-Said $undone | Should -Be 'NotUndoable'
        Get-Said $updated | Should -BeNullOrEmpty
        Get-Said $due | Should -BeNullOrEmpty
    }
}

Describe 'An entry of a ledger' {
    It 'of another address is refused too' {
        $mine = Join-Path $TestDrive 'mine.jsonl'
        $away = Connect-Pictify -ApiKey (ConvertTo-Key 'pk_live_nowhere') -BaseUri 'https://other.invalid/' -NoProxy -MaximumRetryCount 0 -LedgerPath $mine -PassThru
        $null = Invoke-Captured { Suspend-PictifyExperiment exp_1 -Connection $away }
        $entry = (Get-PictifyOperation -LedgerPath $mine).Entries[0]

        $said = Invoke-Captured { $entry | Suspend-PictifyExperiment -Connection $live }

        Get-ErrorId $said.Errors | Should -Be 'ConnectionMismatch'
    }
}

Describe 'A loopback address' {
    It 'takes the uids of a sandbox: it may be a SandboxServer' {
        $server = Start-SandboxServer
        try {
            Connect-SandboxServer $server
            (Get-PictifyExperiment -Uid exp_sandbox_01 | Select-Object Uid, Name | Suspend-PictifyExperiment).Status | Should -Be 'Paused'
        }
        finally {
            Stop-SandboxServer $server
        }
    }
}
