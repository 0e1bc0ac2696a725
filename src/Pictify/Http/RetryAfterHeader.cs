using System.Globalization;

namespace Pictify.Http;

/// <summary>Reads <c>Retry-After</c>, and the dates of HTTP headers.</summary>
internal static class RetryAfterHeader
{
    /// <summary>Longer than the window of any rate limit; longer waits are cut to it.</summary>
    private static readonly TimeSpan _maximum = TimeSpan.FromDays(30);

    private static readonly string[] _dateFormats =
    [
        "r",
        "ddd, d MMM yyyy HH:mm:ss 'GMT'",
        "ddd, d MMM yyyy HH:mm:ss zzz",
        "dddd, dd-MMM-yy HH:mm:ss 'GMT'",
        "ddd MMM d HH:mm:ss yyyy",
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>
    /// The wait that the header asks for, in seconds or until a date, which is taken relative to the server's own clock; the longest
    /// of several. Null if it cannot be read; never negative, and 30 days at most.
    /// </summary>
    public static TimeSpan? Read(ApiResponse response, DateTimeOffset now)
    {
        string? text = response.Header("Retry-After");
        if (text is null)
        {
            return null;
        }

        TimeSpan age = Seconds(response.Header("Age")) ?? TimeSpan.Zero;
        DateTimeOffset serverNow = TryDate(response.Header("Date"), out DateTimeOffset date) ? date : now;
        TimeSpan? longest = null;
        string[] parts = text.Split(',');
        for (int i = 0; i < parts.Length; i++)
        {
            // A date contains a comma.
            TimeSpan? wait =
                Seconds(parts[i])
                ?? Until(parts[i], serverNow)
                ?? (i + 1 < parts.Length ? Until($"{parts[i]},{parts[i + 1]}", serverNow) : null);
            longest = wait is { } given && (longest is null || given > longest) ? given : longest;
        }

        // The wait of a cached answer began when the cache stored it.
        return longest is not { } asked ? null
            : asked <= age ? TimeSpan.Zero
            : asked - age < _maximum ? asked - age
            : _maximum;
    }

    /// <summary>A wait in seconds, 30 days at most; null if it is negative.</summary>
    public static TimeSpan? Seconds(double seconds) =>
        seconds >= 0 ? TimeSpan.FromSeconds(Math.Min(seconds, _maximum.TotalSeconds)) : null;

    /// <summary>Parses an HTTP date in any of its three historic formats, or in ISO 8601.</summary>
    public static bool TryDate(string? text, out DateTimeOffset date) =>
        DateTimeOffset.TryParseExact(
            text,
            _dateFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces,
            out date
        );

    private static TimeSpan? Seconds(string? text) =>
        double.TryParse(text?.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? Seconds(seconds)
            : null;

    private static TimeSpan? Until(string date, DateTimeOffset now) =>
        TryDate(date, out DateTimeOffset at) ? at - now : null;
}
