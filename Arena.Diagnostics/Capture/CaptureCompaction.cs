namespace Arena.Diagnostics;

/// <summary>The compactions of an allocator until the last moment of a capture.</summary>
/// <remarks>
/// Other libraries call moved bytes <c>bytesMoved</c> (VMA) or <c>NumBytesRelocated</c> (Unreal), returned bytes
/// <c>bytesFreed</c> (VMA), and holes, the largest one and pinned allocations <c>NumHoles</c>, <c>LargestHoleSize</c>
/// and <c>NumLockedChunks</c> (Unreal).
/// </remarks>
/// <example>
/// <code>
/// foreach (CaptureAllocator each in capture.Arenas[0].Allocators)
///     Console.WriteLine($"{each}: {each.Compaction?.MovedBytes ?? 0} bytes moved");
/// </code>
/// </example>
public sealed record CaptureCompaction
{
    /// <summary>Bytes that were copied from one place to another.</summary>
    public long MovedBytes { get; init; }

    /// <summary>Bytes of storage that went back to the operating system.</summary>
    public long ReturnedBytes { get; init; }

    /// <summary>Bytes of pages that show the storage of others, and have none of their own.</summary>
    public long SharedBytes { get; init; }

    /// <summary>Bytes of storage beside what lived, when it was last counted: the most that could be gained.</summary>
    public long GainableBytes { get; init; }

    /// <summary>Free runs between allocations when the last compaction was done; 0 for slots.</summary>
    public long HoleCount { get; init; }

    /// <summary>Bytes of the longest of them.</summary>
    public long LargestHoleBytes { get; init; }

    /// <summary>Allocations that were pinned.</summary>
    public long PinnedCount { get; init; }
}
