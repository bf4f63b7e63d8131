namespace Arena.Diagnostics;

/// <summary>The live allocations of all trackers of a capture at a named moment.</summary>
/// <param name="Name">The name; <c>end</c> for the last one.</param>
/// <param name="Seconds">The moment.</param>
/// <param name="Frame">The frame at that moment, the highest of the arenas.</param>
/// <param name="Rows">The rows, most bytes first.</param>
/// <example>
/// <code>
/// CaptureSnapshot first = capture.Snapshots[0], last = capture.Snapshots[^1];
/// foreach (var row in first.DifferenceTo(last))
///     Console.WriteLine(row);
/// </code>
/// </example>
public sealed record CaptureSnapshot(string Name, double Seconds, long Frame, IReadOnlyList<SnapshotRow> Rows)
{
    /// <summary>Lists the changes up to a later one: growth first, shrinkage last, without rows that stayed.</summary>
    public IReadOnlyList<SnapshotRow> DifferenceTo(CaptureSnapshot later)
    {
        ArgumentNullException.ThrowIfNull(later);
        return MemorySnapshot.Change(Rows, later.Rows);
    }

    /// <summary>Name and sums.</summary>
    public override string ToString() =>
        $"'{Name}': {Rows.Sum(row => row.Count)} live allocations, {Rows.Sum(row => row.Bytes)} bytes";
}
