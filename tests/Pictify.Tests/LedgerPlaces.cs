using System.Text;
using Pictify.Ledger;

namespace Pictify.Tests;

/// <summary>
/// Tests of what every ledger does, wherever its lines are: in a file, and in memory. What only a file can have (other processes, a lock,
/// links, rights, a name) says so.
/// </summary>
public abstract class LedgerPlaces : IDisposable
{
    private protected string Folder { get; } = Directory.CreateTempSubdirectory("pictify").FullName;

    private protected LedgerStore Store { get; set; } = null!;

    private protected string LedgerFile => Path.Combine(Folder, "ledger.jsonl");

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected PictifyLedger New(bool inMemory)
    {
        Store = inMemory ? new LedgerStore.InMemory() : new LedgerStore.InFile(LedgerFile);
        return new PictifyLedger(Store);
    }

    protected async Task<PictifyLedger> Filled(bool inMemory, int count, string operation = "op1")
    {
        File.Delete(LedgerFile);
        PictifyLedger ledger = New(inMemory);
        for (int n = 1; n <= count; n++)
        {
            await ledger.AppendAsync(LedgerTests.Entry(operation, n));
        }

        return ledger;
    }

    protected string Text()
    {
        using Stream stream = Store.OpenRead()!;
        using var reader = new StreamReader(stream, new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        return reader.ReadToEnd();
    }

    protected string[] Lines() => Text().TrimEnd('\n').Split('\n');

    /// <summary>The ledger as another process finds it.</summary>
    protected PictifyLedger Reopened(string? text = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text ?? Text());
        bool inMemory = Store is LedgerStore.InMemory;
        if (!inMemory)
        {
            File.Delete(LedgerFile);
        }

        PictifyLedger ledger = New(inMemory);
        using LedgerStore.WriteLock writeLock = Store.TryLock()!;
        writeLock.Append(bytes, bytes.Length);
        return ledger;
    }
}
