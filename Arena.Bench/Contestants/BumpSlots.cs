using System.Runtime.CompilerServices;

namespace Arena.Bench.Contestants;

/// <summary>A bump pointer by the slot; a free does nothing.</summary>
internal readonly unsafe struct BumpSlots<T>(BumpPointer bump) : ISlots<nint>
    where T : unmanaged
{
    public static ref ulong Word(nint slot) => ref *(ulong*)slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)bump.Allocate((nuint)sizeof(T));

    public void Free(nint slot)
    {
    }
}
