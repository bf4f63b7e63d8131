namespace Arena.Pools;

/// <summary>What one call of <see cref="RelocatableHeap.Compact"/> did.</summary>
/// <param name="MovedBytes">Bytes that were copied from one place to another.</param>
/// <param name="FreedBytes">Bytes of storage that really went back to the operating system.</param>
/// <param name="IsDone">
/// Nothing is left that another call with the same bound could gain. What is pinned, or larger than the bound, stays
/// where it is.
/// </param>
public readonly record struct CompactionResult(nuint MovedBytes, nuint FreedBytes, bool IsDone);
