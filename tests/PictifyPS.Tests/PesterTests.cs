using System.Diagnostics;
using System.Text.Json;
using Pwsh;

namespace PictifyPS.Tests;

/// <summary>Runs tests/Pester in the pinned pwsh, on the packaged module: each file is a test here. Starts processes; asserts nothing of its own.</summary>
public sealed class PesterTests
{
    /// <summary>Two files at a time: more only wait for each other on a machine of two cores.</summary>
    private static readonly SemaphoreSlim _lanes = new(2);

    private static readonly Lazy<Dictionary<string, Task<Run>>> _runs = new(static () =>
        Directory
            .GetFiles(Folder, "*.Tests.ps1")
            .Order(StringComparer.Ordinal)
            .ToDictionary(static file => Path.GetFileName(file), static file => RunAsync(file))
    );

    private static string Folder => Path.Combine(Repository.Root, "tests", "Pester");

    /// <summary>Every file of the suite, by its name.</summary>
    public static TheoryData<string> Files =>
        [
            .. Directory
                .GetFiles(Folder, "*.Tests.ps1")
                .Select(static file => Path.GetFileName(file))
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Passes(string file)
    {
        Run run = await _runs.Value[file];

        Assert.True(run.Problem is null, $"{file}: {run.Problem}");
    }

    private static async Task<Run> RunAsync(string file)
    {
        await _lanes.WaitAsync();
        try
        {
            return await Task.Run(() => Start(file));
        }
        finally
        {
            _lanes.Release();
        }
    }

    private static Run Start(string file)
    {
        string results = Environment.GetEnvironmentVariable("PICTIFY_TEST_RESULTS") is { Length: > 0 } folder
            ? folder
            : Directory.CreateTempSubdirectory("pictify").FullName;
        string name = Path.GetFileNameWithoutExtension(file);
        string summary = Path.Combine(results, $"pester.{name}.json");
        ProcessStartInfo start = PowerShellHost
            .Tool()
            .Command(
                "-NoLogo",
                "-NoProfile",
                "-NonInteractive",
                "-File",
                Path.Combine(Folder, "Invoke-Suite.ps1"),
                "-Path",
                file,
                "-PesterManifest",
                Path.Combine(Repository.Metadata("Packages"), "pester", Pester, "tools", "Pester.psd1"),
                "-SummaryFile",
                summary
            );
        start.Environment["PICTIFY_TEST_MODULE"] = Repository.Manifest;
        start.Environment["PICTIFY_TEST_SERVER"] = typeof(SandboxServer.SandboxHttpServer).Assembly.Location;
        (int exit, string output) = PwshProcess.Run(start);
        if (!File.Exists(summary))
        {
            // Pester did not come to its end: what the process wrote is all there is to tell.
            return new Run($"pwsh ended with exit code {exit}, and Pester gave no result.\n{output}");
        }

        using JsonDocument told = JsonDocument.Parse(File.ReadAllText(summary));
        string[] failed =
        [
            .. told.RootElement.GetProperty("failed").EnumerateArray().Select(static e => e.GetString()!),
        ];
        return new Run(
            failed.Length > 0 ? $"{failed.Length} failed.\n{string.Join("\n\n", failed)}"
            : exit != 0 ? $"pwsh ended with exit code {exit}.\n{output}"
            : told.RootElement.GetProperty("passedCount").GetInt32() == 0 ? "no test passed."
            : null
        );
    }

    /// <summary>The newer of the two versions that the suite must pass with, unless the caller names one.</summary>
    private static string Pester => Environment.GetEnvironmentVariable("PICTIFY_TEST_PESTER") ?? "6.2.0";

    private sealed record Run(string? Problem);
}
