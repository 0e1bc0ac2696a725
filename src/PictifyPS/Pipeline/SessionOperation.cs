using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using Pictify.Ledger;

namespace PictifyPS.Pipeline;

/// <summary>The last command of each runspace that was to change something: what Get-PictifyOperation -Last means.</summary>
internal static class SessionOperation
{
    private static readonly ConditionalWeakTable<Runspace, PictifyOperation> _last = new();

    public static void Begin(PictifyOperation operation)
    {
        Runspace runspace = Runspace.DefaultRunspace;
        _ = _last.Remove(runspace);
        _last.Add(runspace, operation);
    }

    /// <summary>With nothing counted yet; null where no command of this runspace was to change something.</summary>
    public static PictifyOperation? Last =>
        _last.TryGetValue(Runspace.DefaultRunspace, out PictifyOperation? operation) ? operation : null;
}
