using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Names an allocation of a <see cref="RelocatableHeap"/> wherever it lies. It takes 8 bytes, is never an address, and
/// is safe to keep, to compare and to send. It resolves only as long as its allocation lives, and only in its own heap.
/// <c>default</c> is "none" and never resolves.
/// </summary>
/// <remarks>
/// <code>
/// | generation, 24 bits | number of the heap, 14 bits | index, 26 bits |
/// </code>
/// Heaps of one process that exist at the same time have different numbers, and a heap that gets the number of a
/// disposed one begins above its generations. So no handle is given out twice, unless an <see cref="ArenaHistory"/>
/// took the arena back to where it was not given out yet.
/// </remarks>
/// <example>
/// <code>
/// RelocatableHandle handle = movable.Allocate(100);            // finds the bytes wherever they were moved
/// movable.Span(handle).Clear();
/// movable.Free(handle);
/// </code>
/// </example>
public readonly record struct RelocatableHandle
{
    internal const int IndexBits = 26;
    internal const int NumberBits = HeapNumbers.NumberBits;
    internal const int GenerationShift = IndexBits + NumberBits;
    internal const ulong IndexMask = (1UL << IndexBits) - 1;
    internal const uint MostGeneration = (1u << (64 - GenerationShift)) - 1;

    internal RelocatableHandle(ulong bits) => Bits = bits;

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => Bits == 0;

    internal ulong Bits { get; }

    internal uint Index
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)(Bits & IndexMask);
    }

    internal uint Number => (uint)((Bits >> IndexBits) & ((1u << NumberBits) - 1));

    internal uint Generation => (uint)(Bits >> GenerationShift);

    /// <summary>"relocatable#12f.3 of heap 1", or "relocatable#none".</summary>
    public override string ToString() =>
        IsNone ? "relocatable#none" : $"relocatable#{Index:x}.{Generation:x} of heap {Number}";
}
