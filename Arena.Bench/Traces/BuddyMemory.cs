using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Bench.Traces;

/// <summary>Arena's <see cref="BuddyAllocator"/>.</summary>
internal readonly unsafe struct BuddyMemory(BuddyAllocator buddy) : ITraceMemory
{
    private const nuint LeastCapacity = 64 << 20;

    /// <summary>
    /// Makes a buddy that holds a trace with room to spare: capacity is addresses until it is touched.
    /// </summary>
    public static BuddyAllocator For(PackedTrace trace, PageArena arena) =>
        new(arena, nuint.Max(LeastCapacity, (nuint)BitOperations.RoundUpToPowerOf2((ulong)trace.PeakLiveBytes * 4)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Allocate(nuint byteCount) => buddy.Allocate(byteCount);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void* AllocateAligned(nuint byteCount, nuint alignment) => buddy.Allocate(byteCount, alignment);

    public void* Reallocate(void* address, nuint byteCount) => buddy.Reallocate(address, byteCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(void* address) => buddy.Free(address);
}
