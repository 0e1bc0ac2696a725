#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# The objects that people really have, through every parameter that takes objects: what is sent for each, and that one that cannot be
# sent is one error, and costs neither the others nor the process.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    # What stands in the JSON for a value. One line of PowerShell each, since it goes through every parameter.
    $scalars = @(
        @{ Value = '[guid]::Empty'; Json = '"00000000-0000-0000-0000-000000000000"' }
        @{ Value = '[uri] "https://shop.example/a"'; Json = '"https://shop.example/a"' }
        @{ Value = '[timespan]::FromMinutes(90)'; Json = '"01:30:00"' }
        @{ Value = '[version] "1.2.3"'; Json = '"1.2.3"' }
        @{ Value = '[DBNull]::Value'; Json = 'null' }
        @{ Value = '$null'; Json = 'null' }
        @{ Value = '[char] 120'; Json = '"x"' }
        @{ Value = '[System.DayOfWeek]::Monday'; Json = '"Monday"' }
        @{ Value = '[cultureinfo] "de-DE"'; Json = '"de-DE"' }
        @{ Value = '[datetime]::new(2026, 12, 24, 12, 0, 0, [System.DateTimeKind]::Utc)'; Json = '"2026-12-24T12:00:00Z"' }
        @{ Value = '[datetimeoffset]::new(2026, 12, 24, 12, 0, 0, [timespan]::FromHours(2))'; Json = '"2026-12-24T10:00:00Z"' }
        @{ Value = '[double]::NaN'; Json = '"NaN"' }
        @{ Value = '[single]::PositiveInfinity'; Json = '"Infinity"' }
        @{ Value = '1.10d'; Json = '1.10' }
        @{ Value = '[byte] 7'; Json = '7' }
        @{ Value = '[uint64]::MaxValue'; Json = '18446744073709551615' }
        @{ Value = '[bigint]::Parse("123")'; Json = '"123"' }
        @{ Value = '$true'; Json = 'true' }
        @{ Value = '[System.Net.IPAddress]::Loopback'; Json = '"127.0.0.1"' }
        @{ Value = '[regex] "a+"'; Json = '"a\u002B"' }
        @{ Value = '([xml] "<a b=""1""><c>text</c></a>").a'; Json = '{"b":"1","c":"text"}' }
        @{ Value = '[pscustomobject] @{ A = 1; B = [pscustomobject] @{ C = $null } }'; Json = '{"A":1,"B":{"C":null}}' }
        @{ Value = '[ordered] @{ A = 1, 2; b = @() }'; Json = '{"A":[1,2],"b":[]}' }
        @{ Value = '@{ n = (& { $e = [System.Dynamic.ExpandoObject]::new(); $e.A = 1; , $e }) }'; Json = '{"n":{"A":1}}' }
        @{ Value = '[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize([pscustomobject] @{ A = 1 }))'; Json = '{"A":1}' }
        @{ Value = '(& { $t = [System.Data.DataTable]::new(); $null = $t.Columns.Add("A", [int]); $null = $t.Columns.Add("B"); $r = $t.NewRow(); $r.A = 5; $t.Rows.Add($r); , $t.Rows[0] })'; Json = '{"A":5,"B":null}' }
        @{ Value = '(& { $s = "text" | Add-Member NoteProperty More 1 -PassThru; $s })'; Json = '"text"' }
    )

    # What cannot become JSON, and what the error says.
    $bad = @(
        @{ Value = '(& { $h = @{}; $h.self = $h; $h })'; Says = '*contains itself*' }
        @{ Value = '(& { $o = [pscustomobject] @{ A = 1 }; $o | Add-Member NoteProperty Self $o; $o })'; Says = '*contains itself*' }
        @{ Value = '(& { $a = [System.Collections.ArrayList]::new(); $null = $a.Add($a); , $a })'; Says = '*contains itself*' }
        @{ Value = '(& { $deep = @{}; foreach ($i in 1..100) { $deep = @{ d = $deep } }; $deep })'; Says = '*deeper than*' }
        @{ Value = '{ 1 + 1 }'; Says = '*script block*' }
        @{ Value = '(ConvertTo-Key topsecret)'; Says = '*secret*' }
        @{ Value = '[pscredential]::new("user", (ConvertTo-Key topsecret))'; Says = '*secret*' }
    )
}

BeforeAll {
    . $PSScriptRoot/Common.ps1

    # A property that throws when it is read, and an object that leads to others without an end.
    Add-Type -TypeDefinition @'
public sealed class Throwing { public int Good { get { return 1; } } public int Bad { get { throw new System.InvalidOperationException("not now"); } } }
public sealed class Endless { public Endless Next { get { return new Endless(); } } public Endless Other { get { return new Endless(); } } }
public sealed class Forever : System.Collections.IEnumerable { public System.Collections.IEnumerator GetEnumerator() { while (true) { yield return 1; } } }
'@
}

Describe 'An object as JSON' {
    BeforeAll {
        $server = Start-RawServer {
            param($Request)
            if ($Request.Path -like '*events*') { '{"ok":true,"processed":1,"errors":[]}' }
            elseif ($Request.Method -eq 'POST' -and $Request.Path -like '*experiments/api') { '{"experiment":{"uid":"e","slug":"hero-1","status":"draft"}}' }
            else { '{"experiment":{"uid":"e","status":"draft"}}' }
        }

        # The JSON that a command sent for the value.
        function Get-Sent([scriptblock] $Script) {
            $server.Received.Clear()
            Connect-SandboxServer $server
            $script:said = Invoke-Captured $Script
            "$(@($server.Requests)[-1].Body)"
        }
    }

    AfterAll {
        Stop-RawServer $server
    }

    It 'is its number, its text or its fields: <Value>' -ForEach $scalars {
        $value = & ([scriptblock]::Create($Value))

        Get-Sent { Invoke-PictifyApi x -Method POST -Body @{ v = $value } } | Should -BeExactly "{`"v`":$Json}"
        Get-Sent { Send-PictifyEvent view hero -Metadata @{ v = $value } } | Should -BeLike "*`"metadata`":{`"v`":$($Json -replace '([\[\]])', '`$1')}*"
        Get-Sent { [pscustomobject] @{ event = 'view'; experiment = 'hero'; metadata = @{ v = $value } } | Send-PictifyEvent } | Should -BeLike "*`"metadata`":{`"v`":$($Json -replace '([\[\]])', '`$1')}*"
        $said.Errors | Should -BeNullOrEmpty
        Get-Sent { New-PictifyExperiment 'Hero 1' -Type AbTest -Variant @{ id = 'a'; weight = 5000; variables = @{ v = $value } }, (New-PictifyVariant b 5000 -Variables @{ v = $value }) } |
            Should -BeLike "*`"variables`":{`"v`":$($Json -replace '([\[\]])', '`$1')}*`"variables`":{`"v`":$($Json -replace '([\[\]])', '`$1')}*"
        $said.Errors | Should -BeNullOrEmpty
        $said.Terminating | Should -BeNullOrEmpty
    }

    It 'that cannot be sent is one error that says why: <Value>' -ForEach $bad {
        $value = & ([scriptblock]::Create($(if ($Value -like '{*') { "{ $Value }.Invoke()[0]" } else { $Value })))
        foreach ($script in @(
                { Invoke-PictifyApi x -Method POST -Body @{ v = $value } }
                { Send-PictifyEvent view hero -Metadata @{ v = $value } }
                { [pscustomobject] @{ event = 'view'; experiment = 'hero'; metadata = @{ v = $value } } | Send-PictifyEvent }
                { New-PictifyVariant a 5000 -Variables @{ v = $value } }
                { New-PictifyExperiment 'Hero 1' -Type AbTest -Variant @{ id = 'a'; weight = 5000; variables = @{ v = $value } }, (New-PictifyVariant b 5000) }
                { Set-PictifyExperiment e -Variant @{ id = 'a'; weight = 5000; variables = @{ v = $value } }, (New-PictifyVariant b 5000) }
            )) {
            $null = Get-Sent $script

            $server.Requests.Count | Should -Be 0 -Because "$script"
            $all = @($said.Errors) + @($said.Terminating | Where-Object { $_ })
            $all.Count | Should -Be 1 -Because "$script"
            "$($all[0])" | Should -BeLike $Says -Because "$script"
            "$($all[0])" | Should -Not -BeLike '*topsecret*'
        }
    }

    It 'is bounded where it leads to others without an end, and where its code throws' {
        foreach ($case in @(
                @{ Value = [Endless]::new(); Says = '*deeper than*' }
                @{ Value = [Throwing]::new(); Says = "*Bad*cannot be read: not now*" }
                @{ Value = [Forever]::new(); Says = '*more than 1000000 values*' }
            )) {
            $value = $case.Value
            $null = Get-Sent { Invoke-PictifyApi x -Method POST -Body @{ v = $value } }

            Get-ErrorId $said.Errors | Should -Be @('InvalidObject')
            "$($said.Errors[0])" | Should -BeLike $case.Says
            $server.Requests.Count | Should -Be 0
        }
    }
}

Describe 'Events from rows' {
    BeforeEach {
        Connect-Pictify -Sandbox
        $sandbox = (Get-PictifyConnection).Sandbox
    }

    It 'of which one cannot be read send the others' {
        $table = [System.Data.DataTable]::new()
        foreach ($column in 'event', 'experiment', 'variantId', 'channel') {
            $null = $table.Columns.Add($column)
        }

        foreach ($i in 1..6) {
            $null = $table.Rows.Add('view', 'hero-summer-sale', 'control', [DBNull]::Value)
        }

        $rows = @($table.Rows)
        $gone = $table.NewRow()
        $table.Rows.Add($gone)
        $table.AcceptChanges()
        $gone.Delete()
        $before = (Get-PictifyExperiment -Uid exp_sandbox_01).Impressions

        $said = Invoke-Captured { @($rows[0..2]) + @($gone, [Throwing]::new(), (Get-Culture), @{ event = 'view'; self = $sandbox }) + @($rows[3..5]) | Send-PictifyEvent }

        $said.Terminating | Should -BeNullOrEmpty
        ($said.Output | Measure-Object Processed -Sum).Sum | Should -Be 6
        @($said.Errors).Count | Should -Be 4
        (Get-PictifyExperiment -Uid exp_sandbox_01).Impressions | Should -Be ($before + 6)
    }

    It 'of XML are read by their attributes and elements' {
        $xml = [xml] '<events><e event="view" experiment="hero-summer-sale"><variantId>control</variantId><metadata><a>1</a><a>2</a></metadata></e><e event="view" experiment="hero-summer-sale" variantId="control" /></events>'
        $said = Invoke-Captured { $xml.events.e | Send-PictifyEvent }

        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Processed | Should -Be 2
    }

    It 'of a CSV leave out what is blank' {
        $csv = "event,experiment,variantId,channel,device,referrer`nview,hero-summer-sale,control,,,`nview,hero-summer-sale,,email,,  "
        $said = Invoke-Captured { $csv | ConvertFrom-Csv | Send-PictifyEvent }

        $said.Terminating | Should -BeNullOrEmpty
        $said.Errors | Should -BeNullOrEmpty
        $said.Output.Processed | Should -Be 2
    }
}
