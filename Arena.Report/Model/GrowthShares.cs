namespace Arena.Report.Model;

/// <summary>
/// Shares of lines in all that grows. A share in the whole's slope can be above 100 %, where other lines shrink.
/// </summary>
internal static class GrowthShares
{
    public static IEnumerable<SiteModel> Of(IReadOnlyList<SiteModel> sites)
    {
        var growth = sites.Sum(site => Math.Max(0, site.SlopeBytesPerSecond));
        return sites.Select(site => site with
        {
            GrowthShare = growth > 0 ? Math.Max(0, site.SlopeBytesPerSecond) / growth : 0,
        });
    }
}
