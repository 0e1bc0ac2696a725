using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using Pictify.Operations;
using Pictify.Statistics;
using PictifyPS.Errors;

namespace PictifyPS.Session;

/// <summary>
/// How long experiments have run, by the pauses in the ledger of a connection, or in the one that a connection would get. The ledger is
/// read once.
/// </summary>
internal sealed class LedgerRunTimes
{
    private readonly PictifyConnection? _connection;
    private readonly DateTimeOffset _now;
    private readonly RunTimes? _times;

    /// <summary>Reads the ledger.</summary>
    /// <param name="cmdlet">The cmdlet that asks; warns if the ledger cannot be read.</param>
    /// <param name="connection">The connection whose ledger it is; null if there is none.</param>
    public LedgerRunTimes(PSCmdlet cmdlet, PictifyConnection? connection)
    {
        _connection = connection;
        _now = connection?.Now ?? DateTimeOffset.UtcNow;
        PictifyLedger? ledger =
            connection is not null ? Ledgers.Of(connection)
            : Ledgers.Setting(cmdlet, null, isSandbox: false) is var path and not LedgerSetting.Off
                ? PictifyLedger.Open(path)
            : null;
        if (ledger is null)
        {
            return;
        }

        // Without a connection it is not known whose experiments these are; those of sandboxes are excluded.
        Func<LedgerEntry, bool> isMeant = connection is not null
            ? PictifyOperations.IsHere(connection)
            : static line => line.Key?.StartsWith("sandbox-", StringComparison.Ordinal) != true;
        try
        {
            _times = new RunTimes(ledger.ReadLines(), isMeant);
        }
        catch (LedgerException exception)
        {
            cmdlet.WriteWarning($"Pauses are counted as days of running. {exception.Message}");
        }
    }

    /// <summary>Measures the experiment, with the days that it has run. From any thread.</summary>
    /// <exception cref="ItemException">It cannot be measured.</exception>
    public ExperimentMeasurement Measure(Experiment experiment, MeasurementOptions options)
    {
        try
        {
            return Measurer.Measure(experiment, options with { RunTime = Of(experiment) });
        }
        catch (MeasurementException exception)
        {
            throw Failures.NotMeasurable(exception);
        }
    }

    /// <summary>How long the experiment has run; without the pauses of another connection's experiment.</summary>
    private RunTime Of(Experiment experiment) =>
        _times is not null
        && (experiment.Origin is null || _connection is null || experiment.Origin == _connection.Origin)
            ? _times.Of(experiment, _now)
            : RunTimes.Without(experiment, _now);
}
