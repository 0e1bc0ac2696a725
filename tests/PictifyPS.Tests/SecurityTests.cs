using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Management.Automation;
using System.Text;
using System.Text.RegularExpressions;
using Pictify.Sandbox;
using SandboxServer;

namespace PictifyPS.Tests;

/// <summary>What SECURITY.md promises and no other test holds.</summary>
public sealed class SecurityTests
{
    private const string Secret = "pk_live_topsecret0123456789";

    public static TheoryData<string> Calls =>
        [
            "Get-PictifyExperiment",
            "Get-PictifyExperiment -Uid exp_1",
            "Suspend-PictifyExperiment exp_1",
            "New-PictifyExperiment 'New One' -Type AbTest -Variant @{ id = 'a'; weight = 5000 }, @{ id = 'b'; weight = 5000 }",
            "Invoke-PictifyApi x -Method Post -Body @{ a = 1 }",
            "Test-PictifyConnection",
            "Send-PictifyEvent view hero-summer-sale",
        ];

    /// <summary>A server that repeats what it was sent, in its errors' bodies and headers.</summary>
    [Theory]
    [MemberData(nameof(Calls))]
    public void The_key_is_shown_nowhere_even_where_the_server_repeats_it(string call)
    {
        using var server = new RawServer(_ =>
            RawServer.Http(
                400,
                $$"""{"detail":"Bad request with Bearer {{Secret}}","code":"{{Secret}}","requestId":"{{Secret}}"}"""
            )
        );
        string ledger = Path.Combine(Path.GetTempPath(), $"pictify-{Guid.NewGuid():N}.jsonl");
        try
        {
            using var session = new ModuleSession();
            session.Must(
                "Connect-Pictify -ApiKey $args[0] -BaseUri $args[1] -NoProxy -LedgerPath $args[2]",
                ModuleSession.Secure(Secret),
                server.BaseUri,
                ledger
            );
            using PowerShell shell = session.NewShell(
                $"$ErrorActionPreference = 'SilentlyContinue'; $VerbosePreference = 'Continue'; $DebugPreference = 'Continue'; {call}; "
                    + "$Error | ForEach-Object { \"$_\"; \"$($_.Exception)\"; \"$($_.ErrorDetails)\"; \"$($_.ErrorDetails.RecommendedAction)\"; [System.Management.Automation.PSSerializer]::Serialize($_, 4) }; "
                    + "Get-PictifyConnection | ForEach-Object { \"$_\"; [System.Management.Automation.PSSerializer]::Serialize($_, 4) }"
            );

            IEnumerable<object> output = shell.Invoke();

            string everything = string.Join(
                "\n",
                output
                    .Concat(shell.Streams.Error)
                    .Concat(shell.Streams.Verbose)
                    .Concat(shell.Streams.Debug)
                    .Concat(shell.Streams.Warning)
                    .Concat(shell.Streams.Information)
                    .Select(static item => $"{item}")
                    .Append(File.Exists(ledger) ? File.ReadAllText(ledger) : "")
            );
            Assert.NotEmpty(server.Requests);
            Assert.Contains("http://127.0.0.1", everything, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, everything, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(ledger);
            File.Delete($"{ledger}.lock");
        }
    }

    /// <summary>Answers that are made to hurt: each is one error, soon, and costs no more memory than an answer may.</summary>
    [Theory]
    [InlineData("nesting")]
    [InlineData("deep object")]
    [InlineData("gigabyte")]
    [InlineData("bomb")]
    [InlineData("endless number")]
    public void A_hostile_answer_is_one_error_bounded_in_time_and_memory(string attack)
    {
        byte[] answer = attack switch
        {
            "nesting" => RawServer.Http(200, new string('[', 10_000_000)),
            "deep object" => RawServer.Http(
                200,
                """{"experiments":["""
                    + string.Concat(Enumerable.Repeat("""{"variants":[{"conditions":{"children":[""", 100_000))
            ),
            "gigabyte" => RawServer.Http(200, "{", claimedLength: 1 << 30),
            "bomb" => Bomb(),
            _ => RawServer.Http(
                200,
                """{"experiments":[{"uid":"e","minimumSampleSize":""" + new string('9', 20_000_000) + "}]}"
            ),
        };
        using var server = new RawServer(_ => answer);
        var clock = Stopwatch.StartNew();

        // In a process of its own, whose memory is nobody else's.
        (_, string output) = PwshProcess.RunCommand(
            new Dictionary<string, string?> { ["PICTIFY_API_KEY"] = ModuleSession.Key },
            $"Connect-Pictify -BaseUri {server.BaseUri} -NoProxy -MaximumRetryCount 0; "
                + "try { Get-PictifyExperiment } catch { $_.FullyQualifiedErrorId.Split(',')[0]; \"$_\".Length }; "
                + "[System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB"
        );

        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Equal("InvalidResponse", lines[0]);
        Assert.InRange(int.Parse(lines[1], CultureInfo.InvariantCulture), 1, 1000);

        // 64 MB of body is the limit; buffers double on the way there. A shell without an attack takes some 150 MB.
        Assert.InRange(double.Parse(lines[2], CultureInfo.InvariantCulture), 50, 600);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{clock.Elapsed}");
    }

    [Fact]
    public void A_million_variants_are_read_and_shown_in_a_bounded_table()
    {
        string variants = string.Join(",", Enumerable.Repeat("""{"id":"a","weight":1}""", 1_000_000));
        byte[] answer = RawServer.Http(
            200,
            $$"""{"experiments":[{"uid":"e","name":"Big","status":"running","type":"ab_test","variants":[{{variants}}]}],"total":1}"""
        );
        using var server = new RawServer(_ => answer);
        using ModuleSession session = ModuleSession.Over(server.BaseUri);
        var clock = Stopwatch.StartNew();

        Assert.Equal("1000000", $"{session.Must("(Get-PictifyExperiment).Variants.Count")[0]}");
        Assert.Equal("0", $"{session.Must("(Get-PictifyExperiment).Impressions")[0]}");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    /// <summary>Names reach format files as data: what runs there is this module's code, and nothing that is made of text.</summary>
    [Fact]
    public void Format_files_hold_no_script_that_data_can_reach()
    {
        string format = File.ReadAllText(Path.Combine(Repository.ModuleFolder, "bin", "PictifyPS.format.ps1xml"));
        string[] scripts =
        [
            .. Regex
                .Matches(format, "<ScriptBlock>(.*?)</ScriptBlock>", RegexOptions.Singleline)
                .Select(static m => m.Groups[1].Value),
        ];

        Assert.True(scripts.Length > 20);
        Assert.All(
            scripts,
            static script =>
                Assert.Matches(
                    "^(\\[PictifyPS\\.Views\\.ViewText\\]::[A-Za-z]+\\(\\$_(\\.[A-Za-z]+)*( -join \", \")?\\)|\\$_\\.[A-Za-z]+\\.LocalDateTime\\.ToString\\(\"[-a-zA-Z :]+\"\\))$",
                    script
                )
        );
    }

    /// <summary>What others named reaches the ledger's views, prompts and errors only without its control characters.</summary>
    [Fact]
    public async Task A_name_with_escape_sequences_is_harmless_in_what_the_ledger_shows()
    {
        var sandbox = ModuleSession.SandboxWithKey(
            new PictifySandboxOptions
            {
                Experiments =
                [
                    new Pictify.Experiment
                    {
                        Uid = "exp_evil",
                        Slug = "evil",
                        Name = "Evil\u001b]0;owned\u0007\u202ename",
                        StatusText = "running",
                        TypeText = "ab_test",
                    },
                ],
            }
        );
        await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(sandbox);
        string ledger = Path.Combine(Path.GetTempPath(), $"pictify-{Guid.NewGuid():N}.jsonl");
        try
        {
            string connect =
                $"$k = [securestring]::new(); '{ModuleSession.Key}'.ToCharArray() | ForEach-Object {{ $k.AppendChar($_) }}; "
                + $"Connect-Pictify -ApiKey $k -BaseUri {server.BaseUri} -NoProxy -LedgerPath '{ledger}'; ";
            string text = string.Concat(
                new[]
                {
                    "$null = Suspend-PictifyExperiment exp_evil -Reason \"$([char]27)[2Jgone\"; Get-PictifyOperation",
                    "(Get-PictifyOperation -Last).Entries",
                    "Get-PictifyOperation | Undo-PictifyOperation -WhatIf",
                    "Resume-PictifyExperiment exp_evil; Get-PictifyOperation -Reason '*gone' | Undo-PictifyOperation",
                }.Select(call => PwshProcess.Show(connect + call, 200))
            );

            Assert.Contains("Evil", text, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"\u001b(?!\[[0-9;]*[mK])|\u0007|\u202e", text);
        }
        finally
        {
            File.Delete(ledger);
            File.Delete($"{ledger}.lock");
        }
    }

    /// <summary>Some 200 KB that become 200 MB.</summary>
    private static byte[] Bomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] blank = Encoding.ASCII.GetBytes(new string(' ', 1024 * 1024));
            for (int i = 0; i < 200; i++)
            {
                gzip.Write(blank);
            }
        }

        byte[] body = packed.ToArray();
        return
        [
            .. Encoding.ASCII.GetBytes(
                $"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"
            ),
            .. body,
        ];
    }
}
