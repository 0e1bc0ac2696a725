using System.Management.Automation;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using PictifyPS.Errors;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>Refuses operations that were made through another connection of this session than the one that a command runs on.</summary>
/// <param name="cmdlet">The cmdlet that waits.</param>
/// <param name="current">The connection that the command runs on.</param>
internal sealed class OtherConnections(PictifyCmdlet cmdlet, PictifyConnection current)
{
    /// <summary>Reports an error for each operation of another connection; returns the other ids.</summary>
    public string[] Refuse(ILedger ledger, IReadOnlyCollection<string> operationIds, Action<ErrorRecord> report)
    {
        var refused = new HashSet<string>(StringComparer.Ordinal);
        foreach (ErrorRecord other in Errors(ledger, operationIds))
        {
            report(other);
            _ = refused.Add(((PictifyOperation)other.TargetObject).Id);
        }

        return [.. operationIds.Where(id => !refused.Contains(id))];
    }

    /// <summary>
    /// An error for each of these operations that was made through another connection of this session: whether it is in the present ledger,
    /// which several connections may share, or only in the ledger of the other one.
    /// </summary>
    private ErrorRecord[] Errors(ILedger ledger, IReadOnlyCollection<string> ids)
    {
        PictifyConnection[] others =
        [
            .. NamedConnections.AllWithDefault().Where(one => !ReferenceEquals(one, current) && !one.IsClosed),
        ];
        if (others.Length == 0)
        {
            return [];
        }

        string[] distinct = [.. ids.Distinct(StringComparer.Ordinal)];
        OperationReading here = cmdlet.ReadLedger(ReadAsync(ledger, distinct));
        var errors = new List<ErrorRecord>();
        foreach (string id in distinct)
        {
            PictifyOperation? operation = here.Find(id) ?? FindElsewhere(id, others, ledger);
            if (
                operation is not null
                && NamedConnections.Other(current, operation.BaseUrl, operation.KeyFingerprint) is { } origin
            )
            {
                errors.Add(ConnectionErrors.OtherOperation(operation, current, origin));
            }
        }

        return [.. errors];
    }

    private async Task<OperationReading> ReadAsync(ILedger ledger, string[] ids)
    {
        var operations = new OperationReading(ledger, ids);
        await operations.RefreshAsync(cmdlet.StopToken).ConfigureAwait(false);
        return operations;
    }

    private PictifyOperation? FindElsewhere(string id, PictifyConnection[] others, ILedger ledger)
    {
        foreach (ILedger other in others.Select(Ledgers.Of).OfType<ILedger>().Where(one => one != ledger).Distinct())
        {
            try
            {
                if (cmdlet.WaitFor(other.FindOperationAsync(id, cmdlet.StopToken)) is { } operation)
                {
                    return operation;
                }
            }
            catch (LedgerException)
            {
                // Another connection's ledger is read only for a better error.
            }
        }

        return null;
    }
}
