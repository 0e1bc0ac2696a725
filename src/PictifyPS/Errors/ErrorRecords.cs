using System.Management.Automation;
using Pictify;

namespace PictifyPS.Errors;

/// <summary>
/// How error records are made: a stable id (<see cref="ErrorIds"/>), a category by cause, the input as target, and a message that
/// says what happened and what to do.
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

    /// <summary>What a person gave, so short that a message still says what is wrong with it.</summary>
    public static string Shown(string text) => SafeText.Clean(text, SafeText.LongestName);
}
