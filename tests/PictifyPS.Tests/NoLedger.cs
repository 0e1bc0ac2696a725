using System.Runtime.CompilerServices;

namespace PictifyPS.Tests;

/// <summary>Tests leave no trace in the ledger of whoever runs them; those about ledgers name a file.</summary>
internal static class NoLedger
{
    [ModuleInitializer]
    internal static void TurnOff() => Environment.SetEnvironmentVariable("PICTIFY_LEDGER", "off");
}
