namespace Arena.Diagnostics;

/// <summary>What was alive in all trackers of a capture at a moment with a name.</summary>
/// <param name="Name">The name; <c>end</c> for the last one.</param>
/// <param name="Seconds">The moment.</param>
/// <param name="Frame">The frame that was under way, the highest of the arenas.</param>
/// <param name="Rows">Most bytes first.</param>
public sealed record CaptureSnapshot(string Name, double Seconds, long Frame, IReadOnlyList<SnapshotRow> Rows)
{
    /// <summary>What changed up to a later one: growth first, shrinkage last, nothing that stayed.</summary>
    public IReadOnlyList<SnapshotRow> DifferenceTo(CaptureSnapshot later)
    {
        ArgumentNullException.ThrowIfNull(later);
        return MemorySnapshot.Change(Rows, later.Rows);
    }

    /// <summary>Name and sums.</summary>
    public override string ToString() =>
        $"'{Name}': {Rows.Sum(row => row.Count)} live allocations, {Rows.Sum(row => row.Bytes)} bytes";
}
