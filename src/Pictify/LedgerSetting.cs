namespace Pictify;

/// <summary>The settings of a connection's ledger that are not the path of a file.</summary>
internal static class LedgerSetting
{
    /// <summary>Nothing is recorded.</summary>
    public const string Off = "off";

    /// <summary>A sandbox's own record, in memory.</summary>
    public const string Memory = "memory";
}
