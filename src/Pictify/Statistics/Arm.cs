namespace Pictify.Statistics;

/// <summary>The counters of one variant, and its share of the traffic.</summary>
/// <param name="Share">Its weight, as a fraction of the sum of all weights.</param>
/// <param name="Impressions">How often it was shown; a fraction if a design effect divides it.</param>
/// <param name="Clicks">How often it was clicked.</param>
internal readonly record struct Arm(double Share, double Impressions, double Clicks)
{
    /// <summary>Clicks per impression; NaN without impressions.</summary>
    public double Rate => Clicks / Impressions;
}
