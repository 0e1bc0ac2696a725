using System.Management.Automation;

namespace PictifyPS;

/// <summary>What PowerShell wraps around a value, and what a job, remoting or a file gives back of one.</summary>
internal static class PowerShellValue
{
    /// <summary>What PowerShell wrapped; an object that is nothing but its properties stays as it is.</summary>
    public static object? Unwrap(object? input) =>
        input is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : input;

    /// <summary>A point in time that was serialized, which comes back as an object with its properties; null if it is no such object.</summary>
    public static DateTimeOffset? PointInTime(object? input) =>
        input is PSObject wrapped
        && wrapped.TypeNames.Contains("Deserialized.System.DateTimeOffset")
        && wrapped.Properties[nameof(DateTimeOffset.UtcDateTime)]?.Value is DateTime utc
            ? new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc))
            : null;
}
