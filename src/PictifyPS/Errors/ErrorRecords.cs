using System.Management.Automation;
using Pictify;

namespace PictifyPS.Errors;

/// <summary>
/// How error records are made: a stable id (<see cref="ErrorIds"/>), a category by cause, the input as target, and a message with what
/// happened and what to do.
/// </summary>
internal static class ErrorRecords
{
    public static ErrorRecord Record(
        string id,
        ErrorCategory category,
        object? target,
        string message,
        Exception? cause = null
    ) =>
        new(
            new PSInvalidOperationException(SafeText.Clean(message, SafeText.LongestMessage), cause),
            id,
            category,
            target
        );

    /// <summary>
    /// Ends the command with an error. It never returns; it has a result so that a caller writes <c>throw</c> before it, by which the
    /// compiler knows that the code after it is not reached.
    /// </summary>
    public static Exception Terminate(this Cmdlet cmdlet, ErrorRecord error)
    {
        cmdlet.ThrowTerminatingError(error);
        throw new PipelineStoppedException();
    }

    public static ErrorDetails Details(string message) => new(SafeText.Clean(message, SafeText.LongestMessage));

    /// <summary>A text that a user gave, cut so that the message around it stays readable.</summary>
    public static string Shown(string text) => SafeText.Clean(text, SafeText.LongestName);
}
