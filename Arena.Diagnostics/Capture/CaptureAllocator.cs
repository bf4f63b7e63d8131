namespace Arena.Diagnostics;

/// <summary>An allocator in a capture.</summary>
/// <example>
/// <code>
/// foreach (CaptureAllocator each in capture.Arenas[0].Allocators)
///     Console.WriteLine($"{each}: {each.TrackedBytes} bytes");
/// </code>
/// </example>
public sealed record CaptureAllocator
{
    /// <summary>The allocator's number in the capture.</summary>
    public int Number { get; init; }

    /// <summary>The number of its arena.</summary>
    public int Arena { get; init; }

    /// <summary>The kind: <c>pool</c>, <c>heap</c>; <c>arena</c> for the blocks lent to the game itself.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The allocator's name.</summary>
    public string Name { get; init; } = "(unknown)";

    /// <summary>The allocator's own tag when it was first seen; null if it had none.</summary>
    public string? Tag { get; init; }

    /// <summary>True if it was disposed.</summary>
    public bool IsGone { get; init; }

    /// <summary>Bytes alive at the last moment, of those allocated since the tracker was attached.</summary>
    public long TrackedBytes { get; init; }

    /// <summary>Allocations that were alive when the tracker was attached.</summary>
    public long CountAtAttach { get; init; }

    /// <summary>The bytes of <see cref="CountAtAttach"/>.</summary>
    public long BytesAtAttach { get; init; }

    /// <summary>
    /// Allocations of <see cref="CountAtAttach"/> alive at the last moment; meaningless if a sample was tracked.
    /// </summary>
    public long BeforeCount { get; init; }

    /// <summary>The bytes of <see cref="BeforeCount"/>.</summary>
    public long BeforeBytes { get; init; }

    /// <summary>Its compactions; null if it cannot be compacted, or the file is of an earlier writer.</summary>
    public CaptureCompaction? Compaction { get; init; }

    /// <summary>Kind and name.</summary>
    public override string ToString() => $"{Kind} '{Name}'";
}
