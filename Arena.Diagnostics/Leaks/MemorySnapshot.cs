using System.Text;

namespace Arena.Diagnostics;

/// <summary>
/// The live allocations of one moment, by site, tag and size class. It is immutable and holds nothing of the tracker.
/// If a sample is tracked, counts and bytes are estimates.
/// </summary>
/// <example>
/// <code>
/// MemorySnapshot before = tracker.Snapshot();
/// using var level = new Heap(arena, "level");
/// MemorySnapshot after = tracker.Snapshot();
/// foreach (var row in MemorySnapshot.Difference(before, after))
///     Console.WriteLine(row);
/// </code>
/// </example>
public sealed record MemorySnapshot
{
    private const int MostLinesOfText = 20;

    /// <summary>The arena's name.</summary>
    public required string ArenaName { get; init; }

    /// <summary>The frame at that moment.</summary>
    public required long Frame { get; init; }

    /// <summary>Time since the tracker was attached.</summary>
    public required TimeSpan Attached { get; init; }

    /// <summary>The first frame of allocation that counted.</summary>
    public required long FromFrame { get; init; }

    /// <summary>The last frame of allocation that counted.</summary>
    public required long ToFrame { get; init; }

    /// <summary>The rows, most bytes first.</summary>
    public required IReadOnlyList<SnapshotRow> Rows { get; init; }

    /// <summary>Live allocations.</summary>
    public long Count => Rows.Sum(row => row.Count);

    /// <summary>Their bytes.</summary>
    public long Bytes => Rows.Sum(row => row.Bytes);

    /// <summary>
    /// Lists the changes from one snapshot to a later one: growth first, shrinkage last, without rows that stayed.
    /// </summary>
    /// <param name="earlier">The snapshot taken first.</param>
    /// <param name="later">A later one, of the same tracker or of another.</param>
    public static IReadOnlyList<SnapshotRow> Difference(MemorySnapshot earlier, MemorySnapshot later)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(later);
        return Change(earlier.Rows, later.Rows);
    }

    /// <summary>Adds the rows up over tags and size classes, to one row for each line of source.</summary>
    public IReadOnlyList<SnapshotRow> BySite() => Sum(Rows, row => row with { Tag = null, ClassBytes = 0 });

    /// <summary>Adds the rows up over lines and size classes, to one row for each tag.</summary>
    public IReadOnlyList<SnapshotRow> ByTag() =>
        Sum(Rows, row => row with { File = "", Line = 0, Member = "", ClassBytes = 0 });

    /// <summary>Adds the rows up over lines and tags, to one row for each size class.</summary>
    public IReadOnlyList<SnapshotRow> BySizeClass() =>
        Sum(Rows, row => row with { File = "", Line = 0, Member = "", Tag = null });

    /// <summary>A line for the sum, and the largest rows.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Count} live allocations, {Bytes} bytes in frame {Frame}");
        if (FromFrame > 0 || ToFrame < Frame)
            text.Append($", allocated in frames {FromFrame} to {Math.Min(ToFrame, Frame)}");
        foreach (var row in Rows.Take(MostLinesOfText))
            text.Append("\n  ").Append(row);
        if (Rows.Count > MostLinesOfText)
            text.Append($"\n  and {Rows.Count - MostLinesOfText} more");
        return text.ToString();
    }

    internal static SnapshotRow[] Change(
        IEnumerable<SnapshotRow> earlier, IEnumerable<SnapshotRow> later) =>
        Sorted(later.Concat(earlier.Select(row => row with { Count = -row.Count, Bytes = -row.Bytes })));

    internal static SnapshotRow[] Sorted(IEnumerable<SnapshotRow> rows) => Sum(rows, row => row);

    private static SnapshotRow[] Sum(IEnumerable<SnapshotRow> rows, Func<SnapshotRow, SnapshotRow> key) =>
    [
        .. rows.GroupBy(row => key(row) with { Count = 0, Bytes = 0 })
            .Select(same => same.Key with { Count = same.Sum(row => row.Count), Bytes = same.Sum(row => row.Bytes) })
            .Where(row => row.Count != 0 || row.Bytes != 0)
            .OrderByDescending(row => row.Bytes)
            .ThenBy(row => row.File, StringComparer.Ordinal)
            .ThenBy(row => row.Line)
            .ThenBy(row => row.Tag, StringComparer.Ordinal)
            .ThenBy(row => row.ClassBytes),
    ];
}
