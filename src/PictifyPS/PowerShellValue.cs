using System.Management.Automation;

namespace PictifyPS;

/// <summary>Unwraps values that PowerShell wrapped, or that come from a job, remoting or a file.</summary>
internal static class PowerShellValue
{
    /// <summary>The wrapped value; an object that consists only of its properties is returned unchanged.</summary>
    public static object? Unwrap(object? input) =>
        input is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : input;

    /// <summary>
    /// A point in time that was serialized, and deserialized as an object with its properties; null if it is not such an object.
    /// </summary>
    public static DateTimeOffset? PointInTime(object? input) =>
        input is PSObject wrapped
        && wrapped.TypeNames.Contains("Deserialized.System.DateTimeOffset")
        && wrapped.Properties[nameof(DateTimeOffset.UtcDateTime)]?.Value is DateTime utc
            ? new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc))
            : null;
}
