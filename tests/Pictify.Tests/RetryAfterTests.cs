using System.Globalization;
using Pictify.Http;

namespace Pictify.Tests;

/// <summary>The waits and the dates that headers tell, in every form that HTTP has had.</summary>
public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset _noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("soon", null)]
    [InlineData("-1", null)]
    [InlineData("1e3", null)]
    [InlineData("0", 0d)]
    [InlineData("7", 7d)]
    [InlineData(" 7 ", 7d)]
    [InlineData("1.5", 1.5)]
    [InlineData("5, 60, 7", 60d)]
    [InlineData("60, 5", 60d)]
    [InlineData("soon, 5", 5d)]
    [InlineData("Mon, 23 Nov 2026 12:01:00 GMT", 60d)]
    [InlineData("5, Mon, 23 Nov 2026 12:01:00 GMT", 60d)]
    [InlineData("Mon, 23 Nov 2026 12:01:00 GMT, 120", 120d)]
    [InlineData("Mon, 23 Nov 2026 11:59:00 GMT", 0d)]
    [InlineData("Mon, 23 Nov 2026 12:00:00 GMT", 0d)]
    [InlineData("9999999", 30 * 86400d)]
    [InlineData("2592000", 30 * 86400d)]
    [InlineData("Wed, 23 Nov 2027 12:00:00 GMT", null)]
    [InlineData("Tue, 23 Nov 2027 12:00:00 GMT", 30 * 86400d)]
    public void A_wait_is_seconds_or_a_date_and_the_longest_of_several(string? header, double? seconds) =>
        Assert.Equal(seconds, Wait(("Retry-After", header))?.TotalSeconds);

    [Fact]
    public void A_date_is_taken_by_the_servers_clock_where_the_answer_tells_it()
    {
        (string, string?) until = ("Retry-After", "Mon, 23 Nov 2026 12:01:00 GMT");

        Assert.Equal(30, Wait(until, ("Date", "Mon, 23 Nov 2026 12:00:30 GMT"))?.TotalSeconds);
        Assert.Equal(60, Wait(until, ("Date", "today"))?.TotalSeconds);
    }

    [Theory]
    [InlineData("100", "30", 70d)]
    [InlineData("100", "100", 0d)]
    [InlineData("100", "101", 0d)]
    [InlineData("100", "old", 100d)]
    [InlineData("100", "-5", 100d)]
    [InlineData("2592000", "60", 30 * 86400d - 60)]
    public void A_cached_answers_wait_began_when_it_was_stored(string wait, string age, double seconds) =>
        Assert.Equal(seconds, Wait(("Retry-After", wait), ("Age", age))?.TotalSeconds);

    [Theory]
    [InlineData("Mon, 23 Nov 2026 12:00:00 GMT")]
    [InlineData("Monday, 23-Nov-26 12:00:00 GMT")]
    [InlineData("Mon Nov 23 12:00:00 2026")]
    [InlineData("Mon, 23 Nov 2026 13:00:00 +01:00")]
    [InlineData("2026-11-23T12:00:00Z")]
    [InlineData("2026-11-23T12:00:00")]
    [InlineData("2026-11-23T12:00:00.000Z")]
    [InlineData("2026-11-23T07:00:00-05:00")]
    public void A_date_is_read_in_every_form_and_culture(string text)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        foreach (string culture in new[] { "en-US", "de-DE", "ar-SA", "th-TH" })
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
            try
            {
                Assert.True(RetryAfterHeader.TryDate(text, out DateTimeOffset date));
                Assert.Equal(_noon, date);
                Assert.Equal(TimeSpan.Zero, date.Offset);
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("23.11.2026")]
    [InlineData("Sun, 23 Nov 2026 12:00:00 GMT")]
    public void What_is_no_date_is_not_read(string? text) => Assert.False(RetryAfterHeader.TryDate(text, out _));

    private static TimeSpan? Wait(params (string Name, string? Value)[] headers) =>
        RetryAfterHeader.Read(
            FakeService.Response(
                429,
                "",
                [.. headers.Where(static header => header.Value is not null).Select(static h => (h.Name, h.Value!))]
            ),
            _noon
        );
}
