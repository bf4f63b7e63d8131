using System.Text;

namespace Arena.Diagnostics;

/// <summary>The verdict on the growth of a record, and on its sources.</summary>
/// <example>
/// <code>
/// GrowthReport growth = record.Analyze();
/// Console.WriteLine($"{growth.Trend.Verdict}: {growth.Sites.FirstOrDefault()}");
/// </code>
/// </example>
public sealed record GrowthReport
{
    /// <summary>The verdict on all live bytes together.</summary>
    public required TrendReport Trend { get; init; }

    /// <summary>
    /// The call sites, steepest first; their slopes add up to that of <see cref="Trend"/>. Empty without sites.
    /// </summary>
    public required IReadOnlyList<SiteTrend> Sites { get; init; }

    /// <summary>The tags, steepest first; their slopes add up likewise. Empty without tags.</summary>
    public required IReadOnlyList<SiteTrend> Tags { get; init; }

    /// <summary>The verdict, and a line for each site that grows: <c>87 % of the growth is Mesh.cs:118</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Trend.ToString());
        if (Trend.Verdict < TrendVerdict.Suspected)
            return text.ToString();
        foreach (var site in Sites.Where(site => site.Grows))
            text.Append('\n').Append("  ").Append(site);
        return text.ToString();
    }
}
