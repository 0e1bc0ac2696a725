using System.Management.Automation;
using Pictify;
using Pictify.Ledger;
using Pictify.Schedules;
using PictifyPS.Views;
using static PictifyPS.Errors.ErrorRecords;

namespace PictifyPS.Errors;

/// <summary>Errors of the ledger, of operations and of the jobs that end pauses.</summary>
internal static class OperationErrors
{
    public static ErrorRecord NoSuchDueJob(string name) =>
        Record(
            ErrorIds.DueJobNotFound,
            ErrorCategory.ObjectNotFound,
            name,
            $"There is no job '{Shown(name)}' that Register-PictifyDueJob registered for this user. Get-PictifyDueJob lists them."
        );

    public static ErrorRecord LedgerOff() =>
        Record(
            ErrorIds.LedgerOff,
            ErrorCategory.InvalidOperation,
            null,
            "The ledger is off, so there is nothing to read. 'Connect-Pictify -LedgerPath <file>' turns it on, and so does "
                + $"the environment variable {EnvironmentVariables.Ledger}; without either it is on."
        );

    public static ErrorRecord LedgerNeeded(string what) =>
        Record(
            ErrorIds.LedgerOff,
            ErrorCategory.InvalidOperation,
            null,
            $"{what} needs the ledger, which is off. 'Connect-Pictify -LedgerPath <file>' turns it on, and so does the "
                + $"environment variable {EnvironmentVariables.Ledger}. Nothing was sent."
        );

    public static ErrorRecord OperationNotFound(string id, ILedger ledger) =>
        Record(
            ErrorIds.OperationNotFound,
            ErrorCategory.ObjectNotFound,
            id,
            $"There is no operation '{Shown(id)}' in the ledger '{ledger.Location}'. Get-PictifyOperation lists them."
        );

    public static ErrorRecord NothingRecorded(PictifyOperation operation, ILedger? ledger) =>
        Record(
            ErrorIds.NothingRecorded,
            ErrorCategory.ObjectNotFound,
            operation,
            $"This run of {operation.Command} recorded nothing, because "
                + (
                    operation.Total == 0 ? "it changed nothing"
                    : ledger is null ? "the ledger was off"
                    : $"the ledger '{ledger.Location}' could not be written"
                )
                + $" ({ViewText.Result(operation)}). There is nothing to resolve or to undo."
        );

    public static ErrorRecord NotUndoable(PictifyOperation operation, string why) =>
        Record(
            ErrorIds.NotUndoable,
            ErrorCategory.InvalidOperation,
            operation,
            $"Operation {operation} ({SafeText.Clean(operation.Command)}) cannot be undone: {why}. Nothing was sent."
        );
}
