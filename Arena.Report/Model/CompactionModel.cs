using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>The compactions of an allocator.</summary>
/// <param name="MovedBytes">Bytes copied from one place to another.</param>
/// <param name="ReturnedBytes">Bytes of storage given back.</param>
/// <param name="GainableBytes">The most that could still be gained.</param>
/// <param name="SharedBytes">Bytes of pages that show the storage of others.</param>
/// <param name="HoleCount">Free runs between allocations.</param>
/// <param name="LargestHoleBytes">Bytes of the longest.</param>
/// <param name="PinnedCount">Pinned allocations.</param>
internal sealed record CompactionModel(
    long MovedBytes, long ReturnedBytes, long GainableBytes, long SharedBytes, long HoleCount, long LargestHoleBytes,
    long PinnedCount)
{
    public static CompactionModel? Of(CaptureCompaction? compaction) => compaction is null
        ? null
        : new CompactionModel(
            compaction.MovedBytes, compaction.ReturnedBytes, compaction.GainableBytes, compaction.SharedBytes,
            compaction.HoleCount, compaction.LargestHoleBytes, compaction.PinnedCount);
}
