using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using Pictify.Schedules;

namespace PictifyPS.Bases;

/// <summary>Whether to warn that no job ends pauses: once in each session.</summary>
internal static class DueJobHint
{
    private static readonly ConditionalWeakTable<Runspace, object> _said = new();

    /// <summary>True the first time that a pause with an end is recorded in a ledger for which no job was registered.</summary>
    public static bool IsWanted(string? ledgerPath, string baseUri)
    {
        if (ledgerPath is null || _said.TryGetValue(Runspace.DefaultRunspace, out _))
        {
            return false;
        }

        try
        {
            if (DueJobs.IsRegisteredFor(ledgerPath, baseUri))
            {
                return false;
            }
        }
        catch (ScheduleException)
        {
            // It is unknown whether there is a job; the pause does not depend on it.
            return false;
        }

        _said.Add(Runspace.DefaultRunspace, new object());
        return true;
    }
}
