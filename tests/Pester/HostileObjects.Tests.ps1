#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# The objects of .NET and PowerShell that Objects.Tests.ps1 does not have, and those whose own code fails, through what takes objects:
# the right JSON arrives at a server, or there is one clear error for that input, and the others are done.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
param()

BeforeDiscovery {
    # What stands in the JSON for a value.
    $sent = @(
        @{ Value = '[sbyte] -1'; Json = '-1' }
        @{ Value = '[int16]::MinValue'; Json = '-32768' }
        @{ Value = '[uint16]::MaxValue'; Json = '65535' }
        @{ Value = '[uint32]::MaxValue'; Json = '4294967295' }
        @{ Value = '[int64]::MinValue'; Json = '-9223372036854775808' }
        @{ Value = '[single] 1.5'; Json = '1.5' }
        @{ Value = '[double]::NegativeInfinity'; Json = '"-Infinity"' }
        @{ Value = '[decimal]::MaxValue'; Json = '79228162514264337593543950335' }
        @{ Value = '[char] 0'; Json = '"\u0000"' }
        @{ Value = '""'; Json = '""' }
        @{ Value = '[datetime]::SpecifyKind([datetime]::MaxValue, "Utc")'; Json = '"9999-12-31T23:59:59.9999999Z"' }
        @{ Value = '[timespan] "1.02:03:04"'; Json = '"1.02:03:04"' }
        @{ Value = '[uri]::new("a b", [UriKind]::Relative)'; Json = '"a b"' }
        @{ Value = '[System.IO.FileAttributes] "Hidden, ReadOnly"'; Json = '"ReadOnly, Hidden"' }
        @{ Value = '[ipaddress] "::1"'; Json = '"::1"' }
        @{ Value = '[System.Net.IPEndPoint]::new([ipaddress]::Loopback, 80)'; Json = '"127.0.0.1:80"' }
        @{ Value = '[bigint]::Pow(10, 30)'; Json = '"1000000000000000000000000000000"' }
        @{ Value = '[intptr] 5'; Json = '"5"' }
        @{ Value = '[NullString]::Value'; Json = 'null' }
        @{ Value = '[System.Management.Automation.Internal.AutomationNull]::Value'; Json = 'null' }
        @{ Value = '[int]'; Json = '"System.Int32"' }
        @{ Value = '[System.Text.StringBuilder]::new("text")'; Json = '"text"' }
        @{ Value = '@{ 1.5 = "a" }'; Json = '{"1.5":"a"}' }
        @{ Value = '@{ $true = 1 }'; Json = '{"True":1}' }
        @{ Value = '@{ [guid]::Empty = 1 }'; Json = '{"00000000-0000-0000-0000-000000000000":1}' }
        @{ Value = '[ordered] @{ b = 1; a = 2 }'; Json = '{"b":1,"a":2}' }
        @{ Value = ', [byte[]] (1, 2)'; Json = '[1,2]' }
        @{ Value = ', [System.Collections.Generic.HashSet[string]] [string[]] "a"'; Json = '["a"]' }
        @{ Value = '[System.Collections.Generic.KeyValuePair[string, int]]::new("a", 1)'; Json = '{"Key":"a","Value":1}' }
        @{ Value = '$back'; Json = '{"D":"2026-01-02T00:00:00Z","G":"00000000-0000-0000-0000-000000000000","H":{"a":1},"L":[1,2],"N":null,"V":"1.2"}' }
        @{ Value = '[dateonly]::new(2026, 1, 2)'; Json = '"2026-01-02"'; Type = 'System.DateOnly' }
        @{ Value = '[timeonly]::new(1, 2, 3)'; Json = '"01:02:03.0000000"'; Type = 'System.TimeOnly' }
        @{ Value = '[half] 1.5'; Json = '"1.5"'; Type = 'System.Half' }
        @{ Value = '[int128]::MaxValue'; Json = '"170141183460469231731687303715884105727"'; Type = 'System.Int128' }
    ) | Where-Object { -not $_.Type -or $_.Type -as [type] }

    # What cannot be sent, and what the error says.
    $refused = @(
        @{ Value = '$deep'; Says = 'deeper than' }
        @{ Value = '[HostileObject.Endless]::new()'; Says = 'deeper than' }
        @{ Value = '[HostileObject.Cycle]::new()'; Says = 'contains itself' }
        @{ Value = '[HostileObject.Getter]::new()'; Says = 'cannot be read: no getter' }
        @{ Value = '[HostileObject.Text]::new()'; Says = 'cannot be read: no text' }
        @{ Value = ', [HostileObject.Items]::new()'; Says = 'cannot be read: no items' }
        @{ Value = ', [HostileObject.Item]::new()'; Says = 'cannot be read: no item' }
        @{ Value = '[HostileObject.Entries]::new()'; Says = 'cannot be read: no entries' }
        @{ Value = '@{ [HostileObject.Getter]::new() = 1 }'; Says = 'cannot be the name of a field' }
        @{ Value = '& { $h = @{ 1 = 1 }; $h.Add("1", 2); $h }'; Says = "two keys that are equal as text: '1'" }
        @{ Value = '$gone'; Says = 'Deleted row' }
        @{ Value = '[System.IO.MemoryStream]::new()'; Says = 'cannot be read' }
        @{ Value = '[System.Net.NetworkCredential]::new("u", "topsecret")'; Says = 'is a secret' }
        @{ Value = '[pscustomobject] @{ A = [pscredential]::new("u", (ConvertTo-Key topsecret)) }'; Says = 'is a secret' }
        @{ Value = '[int].Assembly'; Says = 'contains itself|cannot be read' }
        @{ Value = '[action] { }'; Says = 'script block' }
    )

    $objects = @('5', '[DBNull]::Value', '[NullString]::Value', '[guid]::Empty', '[datetime]::Now', '[double]::NaN', '@{}', '@{ 1 = 2 }', '@{ Uid = 5 }', '@{ Uid = @{} }',
        '$deep', '$cycle', '$gone', '[HostileObject.Getter]::new()', '[HostileObject.Text]::new()', '[HostileObject.Entries]::new()', '[HostileObject.Endless]::new()',
        '[System.IO.MemoryStream]::new()', '[int]', '(ConvertTo-Key topsecret)', '[pscredential]::new("u", (ConvertTo-Key topsecret))', '[pscustomobject] @{ Uid = $null }',
        '([pscustomobject] @{ A = 1 } | Add-Member ScriptProperty Uid { throw "no script" } -PassThru)', '[xml] "<a/>"', '[System.Diagnostics.Process]::GetCurrentProcess()')

    # Where inputs come one by one, or as a list.
    $streams = @(
        @{ Script = '$input | Wait-PictifyExperiment -Status Running -TimeoutSec 1'; Objects = $objects }
        @{ Script = '$input | Suspend-PictifyExperiment'; Objects = $objects }
        @{ Script = '$input | Measure-PictifyExperiment'; Objects = $objects }
        @{ Script = '$input | Set-PictifyExperiment -MinimumRunDays 9'; Objects = $objects }
        @{ Script = 'Suspend-PictifyExperiment -InputObject @($input)'; Objects = $objects }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
    if (-not ('HostileObject.Getter' -as [type])) {
        Add-Type -TypeDefinition @'
using System;
using System.Collections;

namespace HostileObject
{
    public sealed class Getter { public string Uid { get { throw new InvalidOperationException("no getter"); } } }
    public sealed class Endless { public Endless Next { get { return new Endless(); } } }
    public sealed class Cycle { public Cycle Self { get { return this; } } }
    public struct Text : IFormattable { public string ToString(string f, IFormatProvider p) { throw new InvalidOperationException("no text"); } }
    public sealed class Items : IEnumerable { public IEnumerator GetEnumerator() { throw new InvalidOperationException("no items"); } }
    public sealed class Item : IEnumerable, IEnumerator
    {
        public IEnumerator GetEnumerator() { return this; }
        public object Current { get { throw new InvalidOperationException("no item"); } }
        public bool MoveNext() { return true; }
        public void Reset() { }
    }
    public sealed class Entries : Hashtable
    {
        public override ICollection Keys { get { throw new InvalidOperationException("no entries"); } }
        public override IDictionaryEnumerator GetEnumerator() { throw new InvalidOperationException("no entries"); }
    }
}
'@
    }

    $deep = @{}
    foreach ($level in 1..200) {
        $deep = @{ d = $deep }
    }

    $cycle = [pscustomobject] @{ A = 1 }
    $cycle | Add-Member NoteProperty Self $cycle
    $table = [System.Data.DataTable]::new()
    $null = $table.Columns.Add('Uid')
    $gone = $table.NewRow()
    $table.Rows.Add($gone)
    $table.AcceptChanges()
    $gone.Delete()
    $xml = Join-Path $TestDrive 'back.xml'
    [pscustomobject] [ordered] @{ D = [datetime]::new(2026, 1, 2, 0, 0, 0, [System.DateTimeKind]::Utc); G = [guid]::Empty; H = @{ a = 1 }; L = 1, 2; N = $null; V = [version] '1.2' } | Export-Clixml $xml
    $back = Import-Clixml $xml

    $server = Start-RawServer {
        param($Request)
        if ($Request.Path -like '*events*') { '{"ok":true,"processed":1,"errors":[]}' } else { '{"experiment":{"uid":"e","slug":"hero-1","status":"draft"}}' }
    }
    Connect-SandboxServer $server @{ MaximumRetryCount = 0 }
    $live = Get-PictifyConnection
    Connect-Pictify -Sandbox
    $sandbox = Get-PictifyConnection

    function Get-Errors($Said) {
        @($Said.Errors) + @($Said.Terminating | Where-Object { $_ })
    }
}

AfterAll {
    Stop-RawServer $server
}

Describe 'What becomes JSON' {
    It 'arrives as <Json>: <Value>' -ForEach $sent {
        $object = & ([scriptblock]::Create($Value))
        $server.Received.Clear()

        $said = Invoke-Captured { Invoke-PictifyApi x -Method Post -Body @{ v = $object } -Connection $live }

        Get-Errors $said | Should -BeNullOrEmpty
        @($server.Requests)[-1].Body | Should -BeExactly "{`"v`":$Json}"
    }

    It 'arrives the same by events, variables and their rows' -ForEach @{ All = $sent } {
        $server.Received.Clear()
        $values = [ordered] @{}
        $all = @(foreach ($case in $All) {
                $name = "v$($values.Count)"
                $values[$name] = & ([scriptblock]::Create($case.Value))
                "`"$name`":$($case.Json)"
            }) -join ','

        $said = Invoke-Captured {
            @{ event = 'view'; experiment = 'hero'; metadata = $values } | Send-PictifyEvent -Connection $live
            Send-PictifyEvent view hero -Metadata $values -Connection $live
            Set-PictifyExperiment e -Connection $live -Variant @{ id = 'a'; weight = 5000; variables = $values }, (New-PictifyVariant b 5000 -Variables $values)
        }

        Get-Errors $said | Should -BeNullOrEmpty
        $bodies = @($server.Requests | ForEach-Object Body | Where-Object { $_ })
        $bodies.Count | Should -Be 3
        foreach ($body in $bodies[0, 1]) {
            $body.Contains("`"metadata`":{$all}") | Should -BeTrue -Because "$body`n$all"
        }

        ($bodies[2] -split [regex]::Escape("`"variables`":{$all}")).Count | Should -Be 3 -Because $bodies[2]
    }
}

Describe 'The object <Value>, which cannot be sent,' -ForEach $refused {
    It 'is one error that says why, and keeps no secret from being one' {
        $object = & ([scriptblock]::Create($Value))
        $server.Received.Clear()
        foreach ($block in @(
                { Invoke-PictifyApi x -Method Post -Body @{ v = $object } -Connection $live }
                { @{ event = 'view'; experiment = 'hero'; metadata = @{ v = $object } } | Send-PictifyEvent -Connection $live }
                { Send-PictifyEvent view hero -Metadata @{ v = $object } -Connection $live }
                { New-PictifyVariant a 5000 -Variables @{ v = $object } }
                { Set-PictifyExperiment e -Connection $live -Variant @{ id = 'a'; weight = 5000; variables = @{ v = $object } } }
            )) {
            $said = Invoke-Captured $block

            $all = @(Get-Errors $said)
            $all.Count | Should -Be 1 -Because "$Value in $block gave $all"
            Get-ErrorId $all[0] | Should -BeIn 'InvalidObject', 'ParameterArgumentTransformationError' -Because "$($all[0])"
            "$($all[0])" | Should -Match $Says
            "$($all[0])$($all[0].Exception)" | Should -Not -Match 'topsecret'
        }

        $server.Requests.Count | Should -Be 0
    }
}

Describe 'Odd objects between experiments' {
    It 'are one error each, and the others are done: <Script>' -ForEach $streams {
        $null = Resume-PictifyExperiment exp_sandbox_04, exp_sandbox_05 -WarningAction SilentlyContinue
        $given = [System.Collections.ArrayList]::new()
        $null = $given.Add('exp_sandbox_04')
        foreach ($text in $Objects) {
            $value = & ([scriptblock]::Create($text))
            $null = $given.Add($value)
        }

        $null = $given.Add('exp_sandbox_05')
        $block = [scriptblock]::Create(($Script -replace '\$input', '$given'))

        $said = Invoke-Captured $block

        $said.Terminating | Should -BeNullOrEmpty
        @($said.Output).Count | Should -Be 2 -Because "$($said.Errors)"
        @($said.Errors).Count | Should -Be $Objects.Count -Because ($said.Errors -join "`n")
        Get-ErrorId $said.Errors | Sort-Object -Unique | Should -BeIn 'InvalidInput', 'InvalidUid', 'NotMeasurable'
        "$($said.Errors)$($said.Errors.Exception)" | Should -Not -Match 'topsecret'
    }
}

Describe 'What is no connection' {
    It 'is refused by -Connection: <_>' -ForEach '5', '"text"', '@{}', '(ConvertTo-Key topsecret)', '$cycle', '[pscustomobject] @{ BaseUri = "https://api.pictify.io" }' {
        $value = & ([scriptblock]::Create($_))

        # A text is a connection's name.
        $id = if ($value -is [string]) { 'ParameterArgumentTransformationError' } else { 'CannotConvertArgumentNoMessage' }
        foreach ($name in 'Get-PictifyExperiment', 'Suspend-PictifyExperiment exp_sandbox_01', 'Get-PictifyOperation', 'Test-PictifyConnection') {
            $said = Invoke-Captured ([scriptblock]::Create("$name -Connection `$value"))

            Get-ErrorId (Get-Errors $said) | Should -BeExactly $id
            "$(Get-Errors $said)" | Should -Not -Match 'topsecret'
        }
    }
}
