#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.7.0' }

# What SECURITY.md promises: the API key is shown nowhere, a hostile answer is one error of bounded time and memory, and what others
# named is data and no escape sequence.

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester runs its blocks in one scope: what BeforeAll sets, It reads.')]
[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'Test helpers.')]
param()

BeforeDiscovery {
    $calls = @(
        'Get-PictifyExperiment'
        'Get-PictifyExperiment -Uid exp_1'
        'Suspend-PictifyExperiment exp_1'
        "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }"
        'Invoke-PictifyApi x -Method Post -Body @{ a = 1 }'
        'Test-PictifyConnection'
        'Send-PictifyEvent view hero-summer-sale -WriteKey $WriteKey'
    )
    $answers = 'an error', 'a page with 200', 'an experiment with 200', 'a list of errors', 'no HTTP'
    $cases = foreach ($answer in $answers) {
        foreach ($call in $calls) {
            @{ Answer = $answer; Call = $call }
        }
    }
}

BeforeAll {
    . $PSScriptRoot/Common.ps1
    $ErrorActionPreference = 'Stop'
    $secret = 'pk_live_topsecret0123456789'
    $writeSecret = 'wk_alsosecret_9876543210'

    # Answers each request with the same bytes, and then closes the connection. C# 5, which Windows PowerShell compiles.
    if (-not ('PictifyTests.RawServer' -as [type])) {
        Add-Type -TypeDefinition @'
using System;
using System.Collections.Concurrent;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace PictifyTests
{
    public sealed class RawServer : IDisposable
    {
        private readonly TcpListener _listener = new TcpListener(IPAddress.Loopback, 0);
        private readonly byte[] _answer;

        public RawServer(byte[] answer)
        {
            _answer = answer;
            Requests = new ConcurrentQueue<string>();
            _listener.Start();
            new Thread(Accept) { IsBackground = true }.Start();
        }

        public string Address { get { return "http://127.0.0.1:" + ((IPEndPoint)_listener.LocalEndpoint).Port; } }

        public ConcurrentQueue<string> Requests { get; private set; }

        /// <summary>An answer with this body; a claimed length of -1 is the body's own.</summary>
        public static byte[] Http(int status, string body, long claimedLength)
        {
            long length = claimedLength < 0 ? Encoding.UTF8.GetByteCount(body) : claimedLength;
            return Encoding.UTF8.GetBytes(
                "HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\nConnection: close\r\n\r\n" + body);
        }

        public static string Repeat(string text, int count)
        {
            return new StringBuilder(text.Length * count).Insert(0, text, count).ToString();
        }

        public void Dispose() { _listener.Stop(); }

        private void Accept()
        {
            while (true)
            {
                TcpClient client;
                try
                {
                    client = _listener.AcceptTcpClient();
                }
                catch (Exception)
                {
                    return;
                }

                new Thread(delegate() { Answer(client); }) { IsBackground = true }.Start();
            }
        }

        private void Answer(TcpClient client)
        {
            try
            {
                using (client)
                {
                    NetworkStream stream = client.GetStream();
                    var reader = new StreamReader(stream, Encoding.ASCII);
                    string first = reader.ReadLine() ?? "";
                    string line;
                    while ((line = reader.ReadLine()) != null && line.Length > 0) { }
                    Requests.Enqueue(first.Replace(" HTTP/1.1", ""));
                    stream.Write(_answer, 0, _answer.Length);
                }
            }
            catch (IOException)
            {
                // The client did not read to the end.
            }
        }
    }
}
'@
    }

    function Get-HttpAnswer([int] $Status, [string] $Body, [long] $ClaimedLength = -1) {
        , [PictifyTests.RawServer]::Http($Status, $Body, $ClaimedLength)
    }

    # Some 200 KB that become 200 MB.
    function Get-Bomb {
        $packed = [System.IO.MemoryStream]::new()
        $gzip = [System.IO.Compression.GZipStream]::new($packed, [System.IO.Compression.CompressionLevel]::Fastest, $true)
        $blank = [System.Text.Encoding]::ASCII.GetBytes(' ' * 1MB)
        1..200 | ForEach-Object { $gzip.Write($blank, 0, $blank.Length) }
        $gzip.Dispose()
        $head = [System.Text.Encoding]::ASCII.GetBytes("HTTP/1.1 200 X`r`nContent-Type: application/json`r`nContent-Encoding: gzip`r`nContent-Length: $($packed.Length)`r`nConnection: close`r`n`r`n")
        $answer = [System.IO.MemoryStream]::new()
        $answer.Write($head, 0, $head.Length)
        $packed.Position = 0
        $packed.CopyTo($answer)
        , $answer.ToArray()
    }
}

Describe 'The API key' {
    BeforeAll {
        # The server repeats both keys, in other forms too, and with what drives a terminal.
        $esc = [char] 27
        $escaped = -join ($secret.ToCharArray() | ForEach-Object { '\u{0:x4}' -f [int] $_ })
        $encoded = [Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes("Authorization: Bearer $secret"))
        $echo = "Bearer $secret $encoded X-Write-Key $writeSecret"
        $bodies = @{
            'an error'               = 400, "{`"detail`":`"Bad $echo $escaped`",`"code`":`"$secret`",`"requestId`":`"$secret`"}"
            'a page with 200'        = 200, "<html>$echo$esc[31m</html>"
            'an experiment with 200' = 200, "{`"experiment`":{`"uid`":`"exp_1`",`"name`":`"$echo $escaped`",`"status`":`"$secret`",`"variants`":[{`"id`":`"$escaped`",`"weight`":`"$secret`"}]},`"plan`":`"$echo`",`"processed`":0,`"warning`":`"$echo \u001b[31m`",`"errors`":[{`"index`":0,`"error`":`"$echo \u009b`"}]}"
            'a list of errors'       = 422, "{`"message`":`"$echo`",`"errors`":[`"$escaped`",{`"field`":`"$secret`",`"message`":`"\u001b]0;$secret\u0007`",`"code`":`"$secret`"}]}"
        }
        $bytes = @{ 'no HTTP' = [System.Text.Encoding]::UTF8.GetBytes("HTTP/1.1 200 OK`r`nno header $echo$esc[31m`r`n`r`n") }
        foreach ($name in $bodies.Keys) {
            $status, $body = $bodies[$name]
            $bytes[$name] = [System.Text.Encoding]::UTF8.GetBytes(
                "HTTP/1.1 $status X`r`nContent-Type: text/$secret`r`nX-Request-Id: $secret$([char] 0x9b)31m$esc[31m`r`nContent-Length: $($body.Length)`r`nConnection: close`r`n`r`n$body")
        }
    }

    It 'is shown nowhere where the server answers with <Answer>: <Call>' -ForEach $cases {
        $raw = [PictifyTests.RawServer]::new($bytes[$Answer])
        $ledger = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        $state = [initialsessionstate]::CreateDefault2()
        if ($IsWindowsHere) {
            $state.ExecutionPolicy = [Microsoft.PowerShell.ExecutionPolicy]::Bypass
        }

        $shell = [powershell]::Create($state)
        try {
            $null = $shell.AddScript("param(`$Manifest, `$Key, `$Address, `$Ledger, `$WriteKey)
                Import-Module `$Manifest
                Connect-Pictify -ApiKey `$Key -BaseUri `$Address -NoProxy -LedgerPath `$Ledger
                `$ErrorActionPreference = 'SilentlyContinue'; `$VerbosePreference = 'Continue'; `$DebugPreference = 'Continue'
                $Call
                `$Error | ForEach-Object { `"`$_`"; `"`$(`$_.Exception)`"; `"`$(`$_.ErrorDetails)`"; `$_ | Format-List * -Force | Out-String; `"`$(`$_.ErrorDetails.RecommendedAction)`"; [System.Management.Automation.PSSerializer]::Serialize(`$_, 4) }
                Get-PictifyConnection | ForEach-Object { `"`$_`"; [System.Management.Automation.PSSerializer]::Serialize(`$_, 4) }")
            foreach ($argument in $Manifest, (ConvertTo-Key $secret), $raw.Address, $ledger, (ConvertTo-Key $writeSecret)) {
                $null = $shell.AddArgument($argument)
            }

            $output = $shell.Invoke()
            $said = @($output) + @($shell.Streams.Error) + @($shell.Streams.Verbose) + @($shell.Streams.Debug) + @($shell.Streams.Warning) + @($shell.Streams.Information)
            $everything = ($said | ForEach-Object { "$_"; $_ | Format-List * | Out-String }) -join "`n"
            if (Test-Path $ledger) {
                $everything += [System.IO.File]::ReadAllText($ledger)
            }

            $raw.Requests.Count | Should -BeGreaterThan 0
            $everything.Contains('http://127.0.0.1') | Should -BeTrue
            $everything.Contains($secret.Substring(0, 12)) | Should -BeFalse
            $everything.Contains($escaped) | Should -BeFalse
            $everything.Contains($encoded.Substring(32)) | Should -BeFalse
            if ($Call.Contains('-WriteKey')) {
                $everything.Contains($writeSecret) | Should -BeFalse
            }


            # Objects are as the service gave them; what is said is not.
            ($said | Select-Object -Skip @($output).Count | ForEach-Object { "$_" }) -join "`n" | Should -Not -MatchExactly '[\x00-\x08\x0b-\x1f\x7f-\x9f]'
        }
        finally {
            $shell.Dispose()
            $raw.Dispose()
        }
    }
}

Describe 'A password in an address' {
    It 'is shown nowhere: <_>' -ForEach @(
        'Connect-Pictify -ApiKey $Key -BaseUri $Uri'
        'Connect-Pictify -ApiKey $Key -Proxy $Uri'
        'Connect-Pictify -ApiKey $Key -BaseUri ([uri] $Uri)'
        '$env:PICTIFY_BASE_URL = $Uri; $env:PICTIFY_API_KEY = "pk_test_0123456789"; Get-PictifyExperiment'
    ) {
        $line = $_
        foreach ($uri in 'http://user:hunter2@host.example', 'https://user:hunter2@host.example', 'http://user:hunter2@host:99999999', 'user:hunter2@host', 'http://user:hunter2@[bad', 'hunter2') {
            if ($line.Contains('[uri]') -and $uri -match '9999|\[bad') {
                # PowerShell's own cast fails, before the command is there.
                continue
            }

            $state = [initialsessionstate]::CreateDefault2()
            if ($IsWindowsHere) {
                $state.ExecutionPolicy = [Microsoft.PowerShell.ExecutionPolicy]::Bypass
            }

            $shell = [powershell]::Create($state)
            $before = $env:PICTIFY_BASE_URL, $env:PICTIFY_API_KEY
            try {
                $null = $shell.AddScript("param(`$Manifest, `$Key, `$Uri)
                    Import-Module `$Manifest
                    try { $line } catch { }
                    `$Error | ForEach-Object { `"`$(`$_.FullyQualifiedErrorId)`"; `"`$_`"; `"`$(`$_.Exception)`"; `"`$(`$_.TargetObject)`"; `$_.Exception | Format-List * -Force | Out-String }
                    Get-PictifyConnection | Format-List * | Out-String").AddArgument($Manifest).AddArgument((ConvertTo-Key $TestKey)).AddArgument($uri)
                $everything = ($shell.Invoke() | ForEach-Object { "$_" }) -join "`n"
            }
            finally {
                $shell.Dispose()
                $env:PICTIFY_BASE_URL, $env:PICTIFY_API_KEY = $before
            }

            $everything.Contains('hunter2') | Should -BeFalse -Because $uri
            if (-not $line.Contains('[uri]')) {
                $everything.Contains('InvalidArgument,') | Should -BeTrue -Because $everything
            }
        }
    }
}

Describe 'A proxy' {
    # Only a process of its own has other proxies in its environment.
    It 'of the environment, or given, gets nothing that is for this machine' -Tag Process {
        $proxy = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $proxy.Start()
        $server = Start-SandboxServer @{ key = $TestKey }
        try {
            $port = ([uri] $server.Address).Port
            $out = "http://user:hunter2@127.0.0.1:$($proxy.LocalEndpoint.Port)"
            $run = Invoke-Pwsh '-Command', ("Import-Module '$($Manifest.Replace("'", "''"))'
                foreach (`$address in 'http://127.0.0.1:$port', 'http://localhost:$port', 'http://localhost.:$port') {
                    foreach (`$more in @{}, @{ Proxy = 'http://127.0.0.1:$($proxy.LocalEndpoint.Port)' }) {
                        Connect-Pictify -BaseUri `$address @more -MaximumRetryCount 0 -TimeoutSec 20
                        @(Get-PictifyExperiment -First 1).Count
                    }
                }") @{ PICTIFY_API_KEY = $TestKey; http_proxy = $out; https_proxy = $out; all_proxy = $out; no_proxy = '' }
            $arrived = $proxy.Pending()
        }
        finally {
            $proxy.Stop()
            Stop-SandboxServer $server
        }

        $run.Error | Should -BeNullOrEmpty
        $run.Output -split '\s+' -ne '' | Should -Be (@('1') * 6)
        $arrived | Should -BeFalse
    }
}

Describe 'A key that is refused' {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    It 'is known as wrong, and shown nowhere: transcript, errors, connection, CLIXML' {
        $transcript = Join-Path $TestDrive 'transcript.txt'
        $xml = Join-Path $TestDrive 'c.xml'
        $null = Start-Transcript $transcript
        try {
            $connection = Connect-Pictify -ApiKey (ConvertTo-Key 'sk_wrong_1234567890') -BaseUri $server.Address -NoProxy -PassThru -WarningAction SilentlyContinue
            { Get-PictifyExperiment -Connection $connection -ErrorAction Stop -Verbose -Debug } | Should -Throw -ErrorId 'KeyRefused,*'
        }
        finally {
            $null = Stop-Transcript
        }

        $connection | Export-Clixml $xml
        $shown = ($connection | Format-List * | Out-String) + ($Error | Out-String) + [System.IO.File]::ReadAllText($xml) + [System.IO.File]::ReadAllText($transcript)
        $shown.Contains($server.Address) | Should -BeTrue
        $shown.Contains('sk_wrong_1234567890') | Should -BeFalse
    }
}

Describe 'A hostile answer' {
    Context 'in a process of its own' -Tag Process {
        BeforeAll {
            # One process meets one after the other; what it tells of each is a line.
            $servers = [ordered] @{
                'nesting'        = [PictifyTests.RawServer]::new((Get-HttpAnswer 200 ('[' * 10000000)))
                'deep object'    = [PictifyTests.RawServer]::new((Get-HttpAnswer 200 ('{"experiments":[' + ('{"variants":[{"conditions":{"children":[' * 100000))))
                'gigabyte'       = [PictifyTests.RawServer]::new((Get-HttpAnswer 200 '{' (1L * 1GB)))
                'bomb'           = [PictifyTests.RawServer]::new((Get-Bomb))
                'endless number' = [PictifyTests.RawServer]::new((Get-HttpAnswer 200 ('{"experiments":[{"uid":"e","minimumSampleSize":' + ('9' * 20000000) + '}]}')))
            }
            $addresses = @($servers.Values | ForEach-Object { "'$($_.Address)'" }) -join ', '
            $run = Invoke-Pwsh '-Command', ("Import-Module '$($Manifest.Replace("'", "''"))'
                foreach (`$address in $addresses) {" + '
                    Connect-Pictify -BaseUri $address -NoProxy -MaximumRetryCount 0
                    $clock = [System.Diagnostics.Stopwatch]::StartNew()
                    try { $id = "got $(@(Get-PictifyExperiment).Count)" } catch { $id = ($_.FullyQualifiedErrorId -split '','')[0]; $length = "$_".Length }
                    $seconds = [int] $clock.Elapsed.TotalSeconds
                    "$id $length $([long] ([System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB)) $seconds"
                }') @{ PICTIFY_API_KEY = $TestKey }
            $lines = @($run.Output -split "`n" | Where-Object { $_ })
            $told = @{}
            $place = 0
            foreach ($name in $servers.Keys) {
                $told[$name] = $lines[$place++]
            }
        }

        AfterAll {
            $servers.Values | ForEach-Object { $_.Dispose() }
        }

        It 'is one error, bounded in time and memory: <_>' -ForEach 'nesting', 'deep object', 'gigabyte', 'bomb', 'endless number' {
            $servers[$_].Requests.Count | Should -Be 1
            $run.Error | Should -BeNullOrEmpty
            $lines.Count | Should -Be 5 -Because $run.Output
            $id, $length, $peak, $seconds = $told[$_] -split ' '
            $id | Should -BeExactly 'InvalidResponse'
            [int] $length | Should -BeGreaterThan 0
            [int] $length | Should -BeLessOrEqual 1000

            # 64 MB of body is the limit; buffers double on the way there. A process without an attack takes some 150 MB.
            [int] $peak | Should -BeGreaterOrEqual 50
            [int] $peak | Should -BeLessOrEqual 600
            [int] $seconds | Should -BeLessThan 30
        }
    }

    It 'of a million variants is read, in bounded time' -Tag Measure {
        $variants = [PictifyTests.RawServer]::Repeat('{"id":"a","weight":1},', 1000000).TrimEnd(',')
        $raw = [PictifyTests.RawServer]::new((Get-HttpAnswer 200 "{`"experiments`":[{`"uid`":`"e`",`"name`":`"Big`",`"status`":`"running`",`"type`":`"ab_test`",`"variants`":[$variants]}],`"total`":1}"))
        try {
            Connect-Pictify -ApiKey (ConvertTo-Key $TestKey) -BaseUri $raw.Address -NoProxy

            # The time of the processor, which other processes of a busy machine do not lengthen.
            $before = [System.Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime
            (Get-PictifyExperiment).Variants.Count | Should -Be 1000000
            (Get-PictifyExperiment).Impressions | Should -Be $null

            ([System.Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime - $before).TotalSeconds | Should -BeLessThan 20
        }
        finally {
            $raw.Dispose()
        }
    }
}

Describe 'What others named' {
    BeforeAll {
        $server = Start-SandboxServer
    }

    AfterAll {
        Stop-SandboxServer $server
    }

    # Names reach format files as data: what runs there is this module's code, and nothing that is made of text. Each script is one call of a
    # method: with operators or statements the runtime compiles more of PowerShell's parser during the import.
    It 'is never run by a format file' {
        $format = [System.IO.File]::ReadAllText((Join-Path (Join-Path (Split-Path $Manifest) 'bin') 'PictifyPS.format.ps1xml'))
        $scripts = @([regex]::Matches($format, '(?s)<ScriptBlock>(.*?)</ScriptBlock>') | ForEach-Object { $_.Groups[1].Value })
        $allowed = '^\[PictifyPS\.Views\.(ViewText|MeasurementText)\]::[A-Za-z]+\(\$_(\.[A-Za-z]+)*(, \d+)?\)$'

        $scripts.Count | Should -BeGreaterThan 20
        $scripts | Where-Object { $_ -cnotmatch $allowed } | Should -BeNullOrEmpty
    }

    # In the ledger's views, prompts and errors; colours are allowed.
    It 'is shown without its control characters in what the ledger shows' -Tag Process {
        # The name has an escape sequence that sets a window's title, and a character that turns the direction.
        $name = "Evil$([char] 27)]0;owned$([char] 7)$([char] 0x202E)name"
        Set-SandboxServer $server @{ reset = $true; experiments = @(@{ uid = 'exp_evil'; slug = 'evil'; name = $name; status = 'running'; type = 'ab_test' }) }
        (Get-SandboxServer $server).experiments[0].name | Should -BeExactly $name
        $ledger = Join-Path $TestDrive 'evil.jsonl'
        $calls = @(
            '$null = Suspend-PictifyExperiment exp_evil -Reason "$([char]27)[2Jgone"; Get-PictifyOperation'
            '(Get-PictifyOperation -Last).Entries'
            'Get-PictifyOperation | Undo-PictifyOperation -WhatIf'
            'Resume-PictifyExperiment exp_evil; Get-PictifyOperation -Reason ''*gone'' | Undo-PictifyOperation'
        )

        # Each as at a prompt: what it gives is shown before the next begins.
        $script = "[Console]::OutputEncoding = [System.Text.Encoding]::UTF8; if (`$PSStyle) { `$PSStyle.OutputRendering = 'Ansi' }; Import-Module '$($Manifest.Replace("'", "''"))'; " +
        "Connect-Pictify -BaseUri $($server.Address) -NoProxy -LedgerPath '$ledger'; " +
        (@($calls | ForEach-Object { "[Console]::Out.WriteLine('--'); & { $_ } | Out-Default" }) -join '; ')
        $run = Invoke-Pwsh '-Command', $script @{ PICTIFY_API_KEY = $TestKey }
        $parts = @($run.Output -split '(?m)^--$' | Select-Object -Skip 1)
        $parts.Count | Should -Be 4 -Because "$($run.Output)$($run.Error)"
        foreach ($part in $parts) {
            $part.Trim() | Should -Not -BeNullOrEmpty -Because "$($run.Output)$($run.Error)"
        }

        $text = $run.Output + $run.Error
        $text.Contains('Evil') | Should -BeTrue -Because $text
        $text.Contains('gone') | Should -BeTrue -Because $text
        # Neither an escape sequence but of colours, nor a bell, nor a change of direction.
        $text | Should -Not -Match '\u001b(?!\[[0-9;]*[mK])|\u0007|\u202e'
    }
}
