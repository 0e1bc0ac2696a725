using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using Pictify;
using PictifyPS.Views;

namespace PictifyPS.Input;

/// <summary>Future points in time, as users write them at a prompt.</summary>
internal static class DateParser
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(366);
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(1);

    private static readonly Regex _duration = new(
        @"^\s*(?:(?<d>\d+(?:\.\d+)?)\s*d(?:ays?)?\s*)?(?:(?<h>\d+(?:\.\d+)?)\s*h(?:ours?)?\s*)?(?:(?<m>\d+(?:\.\d+)?)\s*m(?:in(?:utes?)?)?\s*)?(?:(?<s>\d+(?:\.\d+)?)\s*s(?:ec(?:onds?)?)?)?\s*\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        _limit
    );

    /// <summary>Days, hours, minutes and seconds as TimeSpan writes them; the hours may be more than a day's.</summary>
    private static readonly Regex _clock = new(
        @"^\s*(?:(?<d>\d{1,7})\.)?(?<h>\d{1,7}):(?<m>[0-5]?\d)(?::(?<s>[0-5]?\d(?:\.\d{1,7})?))?\s*\z",
        RegexOptions.CultureInvariant,
        _limit
    );

    private static readonly Regex _number = new(@"^\s*[-+]?\d+(?:\.\d+)?\s*\z", RegexOptions.CultureInvariant, _limit);

    /// <summary>ISO 8601, with or without a time and a zone; with the letter T or a space between them.</summary>
    private static readonly string[] _isoFormats =
    [
        "yyyy-MM-dd",
        .. new[] { "HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF" }.SelectMany(static time =>
            new[] { "'T'", "' '" }.SelectMany(between => new[] { $"yyyy-MM-dd{between}{time}K" })
        ),
    ];

    private static readonly Regex _year = new(@"\d{4}", RegexOptions.CultureInvariant, _limit);

    private static readonly Regex _dayAndTime = new(
        @"^\s*(?<day>\p{L}+\.?)?\s*(?<time>\d{1,2}(?::\d{2}){1,2}(?:\s*[ap]m)?|\d{1,2}\s*[ap]m)?\s*\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        _limit
    );

    /// <summary>Now plus a duration, as it was typed: <c>2h</c>, <c>1d12h</c>, <c>00:30:00</c>.</summary>
    public static (DateTimeOffset? Moment, string? Why) After(string duration, DateTimeOffset now)
    {
        string shown = SafeText.Clean(duration);
        if (_number.IsMatch(duration))
        {
            return (
                null,
                $"'{shown}' is a number without a unit, which could be seconds, minutes or days: write {shown.Trim()}m, {shown.Trim()}h or {shown.Trim()}d."
            );
        }

        return ParseDuration(duration) switch
        {
            null => (null, $"'{shown}' is not a duration; write it as 30m, 2h, 1d12h or 02:30:00, with its unit."),
            { } s when s < TimeSpan.FromSeconds(1) || s > _longest => (
                null,
                $"'{shown}' is not a duration between one second and 366 days."
            ),
            { } s => (now + s, null),
        };
    }

    /// <summary>A date and time, <c>Monday 08:00</c>, <c>tomorrow 8am</c>, <c>18:00</c>: always the next such time.</summary>
    public static (DateTimeOffset? Moment, string? Why) At(object moment, DateTimeOffset now, TimeZoneInfo zone)
    {
        object value = Unwrap(moment);
        string shown = SafeText.Clean(Convert.ToString(value, CultureInfo.InvariantCulture));
        DateTimeOffset? at;
        try
        {
            at = value switch
            {
                DateTimeOffset date => date,
                DateTime date => InZone(date, zone),
                string text => ParseDayAndTime(text, now, zone) ?? ParseDate(text, zone),
                _ => null,
            };
        }
        catch (ArgumentOutOfRangeException)
        {
            // A date near the last possible one, which would be after it in another time zone.
            return (null, $"'{shown}' is more than 366 days from now.");
        }

        return at switch
        {
            null => (
                null,
                $"'{shown}' is not a date; write it as 18:00, 'tomorrow 08:00', 'Monday 08:00' or '2026-12-24 12:00'."
            ),
            { } end when end <= now => (
                null,
                $"'{shown}' is {ViewText.Exact(end)}, which is in the past; the end of a pause must be in the future."
            ),
            { } end when end - now > _longest => (
                null,
                $"'{shown}' is {ViewText.Exact(end)}, more than 366 days from now."
            ),
            _ => (at, null),
        };
    }

    private static object Unwrap(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static TimeSpan? ParseDuration(string text)
    {
        Match match = _duration.Match(text);
        if (!string.IsNullOrWhiteSpace(text) && match.Success)
        {
            return TimeSpan.FromDays(Number("d"))
                + TimeSpan.FromHours(Number("h"))
                + TimeSpan.FromMinutes(Number("m"))
                + TimeSpan.FromSeconds(Number("s"));
        }

        // TimeSpan itself parses 24:00:00 as 24 days.
        match = _clock.Match(text);
        return match.Success
            ? TimeSpan.FromDays(Number("d"))
                + TimeSpan.FromHours(Number("h"))
                + TimeSpan.FromMinutes(Number("m"))
                + TimeSpan.FromSeconds(Number("s"))
            : null;

        double Number(string unit) =>
            match.Groups[unit] is { Success: true, Value: var digits }
            && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                ? Math.Min(number, 1_000_000)
                : 0;
    }

    private static DateTimeOffset? ParseDayAndTime(string text, DateTimeOffset now, TimeZoneInfo zone)
    {
        Match match = _dayAndTime.Match(text);
        if (!match.Success || (!match.Groups["day"].Success && !match.Groups["time"].Success))
        {
            return null;
        }

        TimeSpan time = TimeSpan.Zero;
        if (match.Groups["time"].Success)
        {
            if (
                !DateTime.TryParse(
                    match.Groups["time"].Value,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.NoCurrentDateDefault,
                    out DateTime clock
                )
            )
            {
                return null;
            }

            time = clock.TimeOfDay;
        }

        DateTime today = now.DateTime.Date;
        string day = match.Groups["day"].Value.TrimEnd('.');
        if (day.Length == 0)
        {
            return InZone(today + time, zone) is var at && at > now ? at : InZone(today.AddDays(1) + time, zone);
        }

        if (Is(day, "today"))
        {
            return InZone(today + time, zone);
        }

        if (Is(day, "tomorrow"))
        {
            return InZone(today.AddDays(1) + time, zone);
        }

        if (ParseDayOfWeek(day) is not { } wanted)
        {
            return null;
        }

        int ahead = ((int)wanted - (int)today.DayOfWeek + 7) % 7;
        DateTimeOffset next = InZone(today.AddDays(ahead) + time, zone);
        return next > now ? next : InZone(today.AddDays(ahead + 7) + time, zone);
    }

    /// <summary>A day's name or its short form, in English or the session's language.</summary>
    private static DayOfWeek? ParseDayOfWeek(string text)
    {
        foreach (CultureInfo culture in new[] { CultureInfo.InvariantCulture, CultureInfo.CurrentCulture })
        {
            DateTimeFormatInfo names = culture.DateTimeFormat;
            foreach (DayOfWeek day in Platform.EnumValues<DayOfWeek>())
            {
                if (Is(text, names.GetDayName(day)) || Is(text, names.GetAbbreviatedDayName(day).TrimEnd('.')))
                {
                    return day;
                }
            }
        }

        return null;
    }

    /// <summary>
    /// ISO 8601 first, then the format of PowerShell's own date parameters: the invariant culture's, whatever the session's culture is. A
    /// date needs its year: 12.30 may be a time or a day.
    /// </summary>
    private static DateTimeOffset? ParseDate(string text, TimeZoneInfo zone) =>
        DateTime.TryParseExact(
            text.Trim(),
            _isoFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.RoundtripKind,
            out DateTime date
        )
        || (
            _year.IsMatch(text)
            && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out date)
        )
            ? InZone(date, zone)
            : null;

    private static DateTimeOffset InZone(DateTime date, TimeZoneInfo zone) =>
        date.Kind == DateTimeKind.Unspecified ? new DateTimeOffset(date, zone.GetUtcOffset(date)) : date;

    private static bool Is(string text, string name) => string.Equals(text, name, StringComparison.OrdinalIgnoreCase);
}
