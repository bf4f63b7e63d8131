using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Traces;

/// <summary>
/// The cost of a replay with almost no allocator: a pointer that moves, starts again at its end and copies nothing.
/// </summary>
internal readonly unsafe struct BumpMemory(BumpPointer bump) : ITraceMemory
{
    private const nuint LeastBytes = 1 << 20;

    public static BumpPointer For(PackedTrace trace) => new(nuint.Max(LeastBytes, Rounded(trace.LargestBytes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Allocate(nuint byteCount) => bump.Allocate(Rounded(byteCount));

    public void* AllocateAligned(nuint byteCount, nuint alignment) => bump.Allocate(Rounded(byteCount));

    public void* Reallocate(void* address, nuint byteCount) => bump.Allocate(Rounded(byteCount));

    public void Free(void* address)
    {
    }

    private static nuint Rounded(nuint byteCount) => (byteCount + 15) & ~(nuint)15;
}
