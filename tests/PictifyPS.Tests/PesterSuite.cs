using System.Diagnostics;
using System.Text.Json;
using Pictify.Sandbox;
using Pwsh;
using SandboxServer;

namespace PictifyPS.Tests;

/// <summary>Files of tests/Pester in processes of the pinned pwsh, two at a time: more only wait for each other on two cores.</summary>
internal sealed class PesterSuite
{
    /// <summary>
    /// These have a process each, and begin first, the longest before the others, so that both cores are busy to the end.
    /// The others share a few: to start pwsh, Pester and the module takes longer than most of them run.
    /// </summary>
    private static readonly string[] _long =
    [
        "Update-PictifyOperation.Tests.ps1",
        "Errors.Tests.ps1",
        "Bulk.Tests.ps1",
        "ExitCodes.Tests.ps1",
        "Ledger.Tests.ps1",
        "Runbooks.Tests.ps1",
        "Security.Tests.ps1",
        "Contract.Tests.ps1",
        "Examples.Tests.ps1",
    ];

    private const int FilesInAProcess = 8;

    private static readonly SemaphoreSlim _lanes = new(2);
    private readonly Dictionary<string, Task<Dictionary<string, string?>>> _runs = [];

    /// <summary>Begins at once.</summary>
    public PesterSuite(IEnumerable<string> files)
    {
        Files =
        [
            .. files
                .OrderBy(static file => Array.IndexOf(_long, file) is var place and >= 0 ? place : _long.Length)
                .ThenBy(static file => file, StringComparer.Ordinal),
        ];
        int alone = Files.Count(_long.Contains);
        foreach (
            string[] group in Files
                .Take(alone)
                .Select(static file => new[] { file })
                .Concat(Files.Skip(alone).Chunk(FilesInAProcess))
        )
        {
            Task<Dictionary<string, string?>> run = RunAsync(group);
            foreach (string file in group)
            {
                _runs[file] = run;
            }
        }
    }

    /// <summary>Every file there is, by its name.</summary>
    public static IEnumerable<string> AllFiles =>
        Directory
            .GetFiles(Folder, "*.Tests.ps1")
            .Select(static path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal);

    /// <summary>The files of this run, in the order in which they begin.</summary>
    public IReadOnlyList<string> Files { get; }

    private static string Folder => Path.Combine(Repository.Root, "tests", "Pester");

    /// <summary>The newer of the versions that the suite must pass with, unless the caller names one.</summary>
    private static string PesterVersion =>
        Environment.GetEnvironmentVariable("PICTIFY_TEST_PESTER") ?? Repository.Metadata("Pester");

    /// <summary>What is wrong with a file; null where all of its tests passed.</summary>
    public async Task<string?> ProblemAsync(string file) => (await _runs[file])[file];

    private static async Task<Dictionary<string, string?>> RunAsync(string[] files)
    {
        await _lanes.WaitAsync();
        try
        {
            // Reset by each test that uses it, as the server's own process is where somebody runs a file by hand.
            await using SandboxHttpServer server = await SandboxHttpServer.StartAsync(
                new PictifySandbox(
                    new PictifySandboxOptions
                    {
                        AcceptKey = static key => key.StartsWith("pk_", StringComparison.Ordinal),
                    }
                )
            );
            return await Task.Run(() => Run(files, server.BaseUri));
        }
        finally
        {
            _lanes.Release();
        }
    }

    private static Dictionary<string, string?> Run(string[] files, Uri server)
    {
        string results = Environment.GetEnvironmentVariable("PICTIFY_TEST_RESULTS") is { Length: > 0 } folder
            ? folder
            : Directory.CreateTempSubdirectory("pictify").FullName;
        static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        string paths = string.Join(',', files.Select(static file => Quoted(Path.Combine(Folder, file))));
        string pester = Path.Combine(Repository.Metadata("Packages"), "pester", PesterVersion, "tools", "Pester.psd1");
        string suite = Path.Combine(Folder, "Invoke-Suite.ps1");
        ProcessStartInfo start = PowerShellHost
            .Tool()
            .Command(
                "-NoLogo",
                "-NoProfile",
                "-NonInteractive",
                "-Command",
                $"& {Quoted(suite)} -Path {paths} -PesterManifest {Quoted(pester)} -SummaryFolder {Quoted(results)}; exit $LASTEXITCODE"
            );
        start.Environment["PICTIFY_TEST_MODULE"] = Repository.Manifest;
        start.Environment["PICTIFY_TEST_SERVER"] = server.AbsoluteUri;

        // These processes live too short for what the runtime learns of their code by watching it.
        start.Environment["DOTNET_TieredPGO"] = "0";
        (int exit, string output) = PwshProcess.Run(start);
        string ended = $"pwsh ended with exit code {exit}.\n{output}";
        var problems = new Dictionary<string, string?>();
        foreach (string file in files)
        {
            string summary = Path.Combine(
                results,
                $"pester.{Path.ChangeExtension(file, null)[..^".Tests".Length]}.json"
            );

            // Where Pester did not come to its end, what the process wrote is all there is to tell.
            problems[file] = File.Exists(summary) ? Problem(summary) : $"Pester gave no result; {ended}";
        }

        return exit == 0 || problems.Values.Any(static problem => problem is not null)
            ? problems
            : files.ToDictionary(static file => file, file => (string?)ended);
    }

    private static string? Problem(string summary)
    {
        using JsonDocument told = JsonDocument.Parse(File.ReadAllText(summary));
        string[] failed =
        [
            .. told.RootElement.GetProperty("failed").EnumerateArray().Select(static e => e.GetString()!),
        ];
        return failed.Length > 0 ? $"{failed.Length} failed.\n{string.Join("\n\n", failed)}"
            : told.RootElement.GetProperty("passedCount").GetInt32() == 0 ? "no test passed."
            : null;
    }
}
