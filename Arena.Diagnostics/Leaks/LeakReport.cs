using System.Globalization;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>Lists the live allocations that were made since a <see cref="LeakTracker"/> was attached.</summary>
/// <example>
/// <code>
/// LeakReport report = tracker.Report();
/// Console.WriteLine($"{report.LiveBytes} bytes live in {report.LiveCount} allocations");
/// </code>
/// </example>
public sealed record LeakReport
{
    private const int MostLinesOfText = 20;

    /// <summary>The arena's name.</summary>
    public string ArenaName { get; init; } = "";

    /// <summary>Live allocations.</summary>
    public required int LiveCount { get; init; }

    /// <summary>Their bytes, as granted.</summary>
    public required nuint LiveBytes { get; init; }

    /// <summary>The live allocations by line of source and tag, most bytes first.</summary>
    public required IReadOnlyList<LeakSite> Sites { get; init; }

    /// <summary>
    /// Sites with allocations that died in the frame in which they were made, most of them first, whether or not
    /// anything else is alive there. They are candidates for frame memory. Empty until frames are marked.
    /// </summary>
    public IReadOnlyList<LeakSite> ShortLived { get; init; } = [];

    /// <summary>
    /// The allocations that were alive before attaching, by allocator; allocators that were empty are left out. If
    /// threads were inside a shared allocator when the tracker was attached, the counts of those still alive are right
    /// only in a report made while no thread is inside.
    /// </summary>
    public IReadOnlyList<AllocatorAtAttach> BeforeAttach { get; init; } = [];

    /// <summary>The live allocations by tag, most bytes first.</summary>
    public IReadOnlyList<TagUse> Tags { get; init; } = [];

    /// <summary>The current frame.</summary>
    public long Frame { get; init; }

    /// <summary>Time since attaching.</summary>
    public TimeSpan Attached { get; init; }

    /// <summary>Mean bytes from one sampling point to the next; 0 if everything is tracked.</summary>
    public nuint SampleBytes { get; init; }

    /// <summary>Allocations missing from this report because the tracker was out of memory for them.</summary>
    public long UntrackedCount { get; init; }

    /// <summary>
    /// The bytes that the tracker itself takes: its tables, and approximately its objects on the managed heap.
    /// </summary>
    public nuint TrackerBytes { get; init; }

    /// <summary>Bytes of the tables of live allocations alone, divided by the allocations in them.</summary>
    public double TableBytesPerAllocation { get; init; }

    /// <summary>A line for the sum, one for each of the first sites, and notes.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var about = SampleBytes == 0 ? "" : $", estimated from a sample of one point in {SampleBytes} bytes";
        text.Append($"{LiveCount} live allocation{(LiveCount == 1 ? "" : "s")}, {LiveBytes} bytes, ");
        text.Append($"{Sites.Count} site{(Sites.Count == 1 ? "" : "s")}{about}");
        Append(text, "", Sites);
        Append(text, "from before the tracker was attached", BeforeAttach);
        if (Tags.Any(tag => tag.Tag is not null))
            Append(text, "by tag", Tags);
        Append(text, "died within the frame", ShortLived.Select(DescribeShortLived).ToArray());
        if (UntrackedCount > 0)
            text.Append($"\n{UntrackedCount} allocations could not be tracked: the tracker is out of memory");
        text.Append(CultureInfo.InvariantCulture, $"\ntracker: {TrackerBytes} bytes");
        if (LiveCount > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture, $", tables {TableBytesPerAllocation:F1} bytes an allocation they hold");
        }
        return text.ToString();
    }

    private static void Append<T>(StringBuilder text, string title, IReadOnlyList<T> rows)
    {
        if (rows.Count == 0)
            return;
        if (title.Length > 0)
            text.Append('\n').Append(title);
        foreach (var row in rows.Take(MostLinesOfText))
            text.Append("\n  ").Append(row);
        if (rows.Count > MostLinesOfText)
            text.Append($"\n  and {rows.Count - MostLinesOfText} more");
    }

    private static string DescribeShortLived(LeakSite site) =>
        $"{site.ShortLived} of {site.Allocations} allocations, {site.ShortLivedBytes} bytes, from "
        + $"{site.Source}";
}
