using System.Management.Automation;
using Pictify;

namespace PictifyPS.Errors;

/// <summary>A failure for one input that this module detects itself; it becomes an error record.</summary>
internal sealed class ItemException(string id, ErrorCategory category, string message, Exception? cause = null)
    : Exception(SafeText.Clean(message, SafeText.LongestMessage), cause)
{
    public string Id => id;

    public ErrorCategory Category => category;
}
