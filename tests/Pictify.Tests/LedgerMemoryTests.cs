using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>What is measured for the whole process is measured while nothing else runs in it.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class LedgerMemoryTests
{
    /// <summary>In memory the lines themselves are held; reading them adds no more to that than reading a file does.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_hundred_thousand_entries_stream(bool inMemory)
    {
        string folder = Directory.CreateTempSubdirectory("pictify").FullName;
        PictifyLedger ledger = inMemory
            ? PictifyLedger.InMemory()
            : PictifyLedger.Open(Path.Combine(folder, "ledger.jsonl"));
        await Task.WhenAll(
            Enumerable.Range(1, 100_000).Select(n => ledger.AppendAsync(LedgerTests.Entry($"op{n % 10}", n)))
        );
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        int count = 0;
        await ledger.ReadAsync(
            LedgerQuery.All,
            _ =>
            {
                if (++count % 20_000 == 0)
                {
                    most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
                }
            }
        );

        Assert.Equal(100_000, count);
        Assert.True(most < 4 * 1024 * 1024, $"{most} bytes are held");
        Assert.Equal(10, (await ledger.ReadOperationsAsync(LedgerQuery.All)).Length);
        Directory.Delete(folder, recursive: true);
    }
}
