using System.Management.Automation;
using Pictify;
using Pictify.Http;
using Pictify.Ledger;
using PictifyPS.Completion;
using PictifyPS.Errors;
using PictifyPS.Input;
using PictifyPS.Session;

namespace PictifyPS.Bases;

/// <summary>A cmdlet that reads a ledger, and sends no request.</summary>
public abstract class LedgerCmdlet : PictifyCmdlet
{
    /// <summary>
    /// The connection whose ledger is read, or its name. Default: this session's connection; without one, the ledger that a new connection
    /// would use.
    /// </summary>
    [Parameter]
    [ConnectionName]
    [ArgumentCompleter(typeof(ConnectionCompleter))]
    [ValidateNotNull]
    public PictifyConnection? Connection { get; set; }

    /// <summary>A ledger's file. Default: the connection's ledger.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Text("-LedgerPath", ReplacesInput = true)]
    public string? LedgerPath { get; set; }

    private readonly SortedSet<long> _skipped = [];
    private long _named;

    /// <summary>Null if the ledger is off, and the cmdlet does not need it.</summary>
    private protected ILedger? Ledger { get; private set; }

    /// <summary>Whether the cmdlet has a result even if the ledger is off.</summary>
    private protected virtual bool DoesWithout => false;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        ILedger? ledger = null;
        if (LedgerPath is null && (Connection ?? DefaultConnection.Peek()) is { } connection)
        {
            ledger = MayNotExist ? Ledgers.Of(connection) : Open(() => Ledgers.ForReading(connection));
        }
        else if (Ledgers.Setting(this, LedgerPath, isSandbox: false) is var path and not LedgerSetting.Off)
        {
            ledger = Open(() =>
                LedgerPath is not null ? PictifyLedger.OpenExisting(path)
                : MayNotExist ? PictifyLedger.Open(path)
                : Ledgers.ForReading(path)
            );
        }

        if (ledger is null && !DoesWithout)
        {
            ThrowTerminatingError(OperationErrors.LedgerOff());
        }

        Ledger = ledger;
    }

    /// <summary>The operations that match. Lines that cannot be read are named in a warning, once.</summary>
    private protected PictifyOperation[] ReadOperations(LedgerQuery query)
    {
        PictifyOperation[] operations = ReadLedger(
            Ledger!.ReadOperationsAsync(query with { Skipped = problem => _skipped.Add(problem.Line) }, StopToken)
        );
        if (_skipped.Count > _named)
        {
            _named = _skipped.Count;
            WriteWarning(
                $"The ledger '{Ledger!.Location}' has lines that cannot be read and were skipped: "
                    + $"{string.Join(", ", _skipped.Take(10))}{(_named > 10 ? $" and {_named - 10} more" : "")}. "
                    + "Test-PictifyLedger lists the problems."
            );
        }

        return operations;
    }

    /// <summary>True if the ledger of the connection may be one that no change was recorded in yet.</summary>
    private protected virtual bool MayNotExist => false;

    private PictifyLedger? Open(Func<PictifyLedger?> open)
    {
        try
        {
            return open();
        }
        catch (LedgerException exception)
        {
            throw Terminate(exception);
        }
    }
}
