using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="SharedPool{T}"/>, whose slots are freed 64 in one call.</summary>
internal readonly unsafe struct RangedSlots<T>(SharedPool<T> pool) : ISizes<nint>
    where T : unmanaged
{
    private const int RangeCount = 64;

    // The last element is the number of those before it; one thread frees.
    private readonly nint[] _kept = new nint[RangeCount + 1];

    public static ref byte First(nint memory) => ref *(byte*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)pool.Allocate();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint memory)
    {
        ref var count = ref _kept[RangeCount];
        _kept[count] = memory;
        if (++count < RangeCount)
            return;
        count = 0;
        pool.FreeRange(_kept.AsSpan(0, RangeCount));
    }
}
