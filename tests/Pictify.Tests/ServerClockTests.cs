using Pictify.Http;

namespace Pictify.Tests;

/// <summary>What the dates of answers tell of the service's clock. A date has whole seconds, so each bounds the difference to one second.</summary>
public sealed class ServerClockTests
{
    private static readonly DateTimeOffset _noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly ServerClock _clock = new();

    [Fact]
    public void Before_the_first_date_there_is_no_skew_and_the_clocks_are_two_seconds_apart_at_most()
    {
        Assert.Null(_clock.Skew);
        Assert.Equal(
            new SendWindow(_noon.AddSeconds(-2), _noon.AddSeconds(7)),
            _clock.Window(_noon, _noon.AddSeconds(5))
        );
        Assert.Equal(_noon, _clock.ToLocal(_noon));
    }

    /// <summary>The clock was between the date and a second later, at some time between sending and receiving.</summary>
    [Fact]
    public void One_date_bounds_the_skew_by_its_second_and_by_the_time_under_way()
    {
        Observe(dateAt: 60, sentAt: 0, receivedAt: 0.5);

        // Between 60 - 0.5 and 60 + 1 - 0 seconds.
        Assert.Equal(TimeSpan.FromSeconds(60.25), _clock.Skew);
        Assert.Equal(
            new SendWindow(_noon.AddSeconds(59.5), _noon.AddSeconds(66)),
            _clock.Window(_noon, _noon.AddSeconds(5))
        );
        Assert.Equal(_noon, _clock.ToLocal(_noon.AddSeconds(59.5)));
    }

    [Fact]
    public void A_clock_that_is_behind_has_a_negative_skew()
    {
        Observe(dateAt: -60, sentAt: 0, receivedAt: 0);

        Assert.Equal(TimeSpan.FromSeconds(-59.5), _clock.Skew);
        Assert.Equal(new SendWindow(_noon.AddSeconds(-60), _noon.AddSeconds(-59)), _clock.Window(_noon, _noon));
    }

    [Fact]
    public void A_second_date_narrows_either_bound_and_widens_none()
    {
        Observe(dateAt: 60, sentAt: 0, receivedAt: 0);
        Observe(dateAt: 60, sentAt: 0.75, receivedAt: 0.75);

        // The server's second began at most a quarter of a second after the first answer: from [60, 61] to [60, 60.25].
        Assert.Equal(new SendWindow(_noon.AddSeconds(60), _noon.AddSeconds(60.25)), _clock.Window(_noon, _noon));

        Observe(dateAt: 61, sentAt: 0.9, receivedAt: 0.9);
        Assert.Equal(new SendWindow(_noon.AddSeconds(60.1), _noon.AddSeconds(60.25)), _clock.Window(_noon, _noon));

        Observe(dateAt: 60, sentAt: 0, receivedAt: 30);
        Assert.Equal(new SendWindow(_noon.AddSeconds(60.1), _noon.AddSeconds(60.25)), _clock.Window(_noon, _noon));
    }

    [Fact]
    public void Bounds_that_meet_in_one_point_still_agree()
    {
        Observe(dateAt: 60, sentAt: 0, receivedAt: 0);
        Observe(dateAt: 61, sentAt: 0, receivedAt: 0);

        Assert.Equal(TimeSpan.FromSeconds(61), _clock.Skew);
    }

    /// <summary>One of the two clocks was set: what was seen before no longer holds.</summary>
    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void A_date_that_contradicts_the_earlier_ones_replaces_them(int seconds)
    {
        Observe(dateAt: 60, sentAt: 0, receivedAt: 0);
        Observe(dateAt: seconds, sentAt: 0, receivedAt: 0);

        Assert.Equal(TimeSpan.FromSeconds(seconds + 0.5), _clock.Skew);
    }

    [Theory]
    [InlineData(3660, true)]
    [InlineData(3661, false)]
    [InlineData(-3660, true)]
    [InlineData(-3661, false)]
    public void A_date_more_than_ten_years_off_is_no_clock(int days, bool isTaken)
    {
        _clock.Observe(_noon.AddDays(days), _noon, _noon);

        Assert.Equal(isTaken, _clock.Skew is not null);
    }

    private void Observe(double dateAt, double sentAt, double receivedAt) =>
        _clock.Observe(_noon.AddSeconds(dateAt), _noon.AddSeconds(sentAt), _noon.AddSeconds(receivedAt));
}
