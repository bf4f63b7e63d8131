using System.Text;

namespace Arena.Diagnostics;

/// <summary>What is alive now and was allocated since a <see cref="LeakTracker"/> was attached.</summary>
public sealed record LeakReport
{
    /// <summary>Live allocations.</summary>
    public required int LiveCount { get; init; }

    /// <summary>Their bytes, as granted.</summary>
    public required nuint LiveBytes { get; init; }

    /// <summary>By line of source, most bytes first.</summary>
    public required IReadOnlyList<LeakSite> Sites { get; init; }

    /// <summary>A line for the sum and one for each site.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{LiveCount} live allocations, {LiveBytes} bytes, {Sites.Count} sites");
        foreach (var site in Sites)
            text.Append('\n').Append("  ").Append(site);
        return text.ToString();
    }
}
