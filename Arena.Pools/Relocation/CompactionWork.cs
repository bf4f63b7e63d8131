namespace Arena.Pools;

/// <summary>The bound of one call of a compaction, and what it has done so far.</summary>
/// <param name="largestBytes">The largest block that may move.</param>
/// <param name="mostBytes">The bytes that may be moved. A larger block may move alone.</param>
internal struct CompactionWork(nuint largestBytes, nuint mostBytes)
{
    public readonly nuint LargestBytes => largestBytes;

    public nuint MovedBytes { get; set; }

    public nuint FreedBytes { get; set; }

    /// <summary>Returns whether further bytes may be moved.</summary>
    public readonly bool Permits(nuint byteCount) =>
        byteCount <= largestBytes
        && (MovedBytes == 0 || (MovedBytes < mostBytes && byteCount <= mostBytes - MovedBytes));
}
