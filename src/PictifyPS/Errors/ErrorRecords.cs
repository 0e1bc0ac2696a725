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

    public static ErrorDetails Details(string message) => new(SafeText.Clean(message, SafeText.LongestMessage));

    /// <summary>A text that a user gave, cut so that the message around it stays readable.</summary>
    public static string Shown(string text) => SafeText.Clean(text, SafeText.LongestName);
}
