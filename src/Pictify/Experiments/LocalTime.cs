namespace Pictify;

/// <summary>
/// Times as PowerShell users compare them: local <see cref="DateTime"/>, as Get-Date and Get-ChildItem return. The library
/// decides by the original <see cref="DateTimeOffset"/>, which is unambiguous in the hour that clocks are set back.
/// </summary>
internal static class LocalTime
{
    public static DateTime? Of(DateTimeOffset? moment) => moment?.LocalDateTime;

    /// <summary>A time without a kind is a local one.</summary>
    public static DateTimeOffset? Moment(DateTime? time) => time is { } given ? new DateTimeOffset(given) : null;
}
