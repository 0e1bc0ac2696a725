using Pictify.Http;
using Pictify.Ledger;
using Pictify.Sandbox;
using Samples;

namespace Pictify.Tests;

/// <summary>What a program does with the library alone: the sample, compiled as it stands and run.</summary>
public sealed class LibraryAloneTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_sample_records_its_changes_takes_one_back_and_ends_the_other(bool inFile)
    {
        using var folder = new TemporaryFolder();
        PictifyLedger ledger = inFile
            ? PictifyLedger.Open(Path.Combine(folder.Path, "ledger.jsonl"))
            : PictifyLedger.InMemory();
        var sandbox = new PictifySandbox(new PictifySandboxOptions());
        using var connection = new PictifyConnection(new PictifyConnectionOptions().For(sandbox));

        await RecordedPause.RunAsync(connection, ledger, "exp_sandbox_01", "exp_sandbox_03");

        var client = new PictifyClient(connection);
        Assert.Equal(ExperimentStatus.Running, (await client.GetAsync("exp_sandbox_01")).Status);
        Assert.Equal(ExperimentStatus.Running, (await client.GetAsync("exp_sandbox_03")).Status);
        PictifyOperation[] recorded = await ledger.ReadOperationsAsync(LedgerQuery.All);
        Assert.Equal([1, 1, 1, 1], recorded.Select(static operation => operation.Changed));
        Assert.Equal([null, null, recorded[0].Id, null], recorded.Select(static operation => operation.Undoes));
        Assert.True((await ledger.VerifyAsync()).IsValid);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("pictify").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
