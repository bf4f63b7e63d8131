namespace Arena.Report.Model;

/// <param name="Kind">Pool, heap, buddy and so on.</param>
/// <param name="Name">Its name.</param>
/// <param name="Tag">The allocator's own tag.</param>
/// <param name="IsGone">True if it was disposed.</param>
/// <param name="BeforeCount">Live allocations from before the tracker.</param>
/// <param name="BeforeBytes">Their bytes.</param>
/// <param name="Compaction">Its compactions; null if it has none.</param>
internal sealed record AllocatorModel(
    string Kind, string Name, string? Tag, bool IsGone, long BeforeCount, long BeforeBytes,
    CompactionModel? Compaction);
