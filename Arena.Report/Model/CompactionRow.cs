namespace Arena.Report.Model;

/// <summary>A row of the table of compactions, which all formats show.</summary>
/// <param name="Name">The allocator.</param>
/// <param name="Cells">A value for each of <see cref="Columns"/>.</param>
internal sealed record CompactionRow(string Name, IReadOnlyList<string> Cells)
{
    /// <summary>The titles of the columns behind the allocator's.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["moved", "returned", "could be gained", "shared", "holes", "largest hole", "pinned"];

    /// <summary>Returns a row for each allocator that can be compacted and is not gone.</summary>
    public static IReadOnlyList<CompactionRow> Of(ReportModel model) =>
    [
        .. model.Arenas.SelectMany(arena => arena.Allocators)
            .Where(allocator => !allocator.IsGone && allocator.Compaction is not null)
            .Select(allocator => new CompactionRow(
                $"{allocator.Kind} '{allocator.Name}'", CellsOf(allocator.Compaction!))),
    ];

    private static string[] CellsOf(CompactionModel compaction) =>
    [
        Units.Bytes(compaction.MovedBytes), Units.Bytes(compaction.ReturnedBytes),
        Units.Bytes(compaction.GainableBytes), Units.Bytes(compaction.SharedBytes), Units.Count(compaction.HoleCount),
        Units.Bytes(compaction.LargestHoleBytes), Units.Count(compaction.PinnedCount),
    ];
}
