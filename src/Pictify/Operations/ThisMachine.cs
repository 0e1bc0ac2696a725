using Pictify.Ledger;

namespace Pictify.Operations;

/// <summary>The user, the machine and the process that write, as each entry of the ledger names them.</summary>
internal static class ThisMachine
{
    private static readonly Lazy<LedgerEntry> _entry = new(Read);

    public static LedgerEntry Entry => _entry.Value;

    private static LedgerEntry Read()
    {
        (string process, int id) = Platform.ThisProcess();
        bool hasDomain = Environment.UserDomainName.Length > 0 && Environment.UserDomainName != Environment.MachineName;
        return new LedgerEntry
        {
            User = hasDomain ? $"{Environment.UserDomainName}\\{Environment.UserName}" : Environment.UserName,
            Host = Environment.MachineName,
            Process = process,
            ProcessId = id,
        };
    }
}
