namespace Arena.Diagnostics;

/// <summary>One site's part in the growth of all.</summary>
/// <param name="Site">The site's name.</param>
/// <param name="Trend">The site's own trend. The least-squares slopes of all sites add up to the total's.</param>
/// <param name="Share">
/// The site's slope divided by the total's. Shares add up to 1, and one may be negative or above 1. It is 0 if the
/// total does not move.
/// </param>
/// <param name="Grows">
/// True if the site grows, corrected for the number of sites: among the sites for which this is true, at most one in
/// twenty is expected to be a false alarm.
/// </param>
/// <example>
/// <code>
/// var sites = new[] { new SiteSeries("Mesh.cs:118", bytes) };
/// foreach (SiteTrend trend in LeakTrend.Attribute(seconds, sites))
///     Console.WriteLine($"{trend.Share:P0} of the growth is {trend.Site}");
/// </code>
/// </example>
public sealed record SiteTrend(string Site, TrendReport Trend, double Share, bool Grows)
{
    /// <summary>The index of the site in the list that was divided: two sites may have one name.</summary>
    public int Index { get; init; }

    /// <summary>One line for a log: <c>87 % of the growth is Mesh.cs:118 (1.4 KiB/min)</c>.</summary>
    public override string ToString() => Trend.Subject is null ? TrendText.Part(this) : IterationText.Part(this);
}
