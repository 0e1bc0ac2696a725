namespace Pictify;

/// <summary>
/// Points in time as PowerShell people compare them: local <see cref="DateTime"/>, as Get-Date and Get-ChildItem give. The library
/// decides by the <see cref="DateTimeOffset"/> behind it, which has no hour that happens twice.
/// </summary>
internal static class LocalTime
{
    public static DateTime? Of(DateTimeOffset? moment) => moment?.LocalDateTime;

    /// <summary>A time without a kind is a local one.</summary>
    public static DateTimeOffset? Moment(DateTime? time) => time is { } given ? new DateTimeOffset(given) : null;
}
