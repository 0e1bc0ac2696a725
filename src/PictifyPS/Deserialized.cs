using System.Management.Automation;

namespace PictifyPS;

/// <summary>What a job, remoting or a file gives back of a .NET object.</summary>
internal static class Deserialized
{
    /// <summary>A point in time, which comes back as an object with its properties; null where it is no such object.</summary>
    public static DateTimeOffset? Moment(object? input) =>
        input is PSObject wrapped
        && wrapped.TypeNames.Contains("Deserialized.System.DateTimeOffset")
        && wrapped.Properties[nameof(DateTimeOffset.UtcDateTime)]?.Value is DateTime utc
            ? new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc))
            : null;
}
