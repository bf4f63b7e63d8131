using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>Pinned arrays of 64 bytes, which native code may keep the address of; a free is forgetting it.</summary>
internal readonly struct PinnedSlots : ISlots<Rented>
{
    public static ref ulong Word(Rented slot) =>
        ref Unsafe.As<byte, ulong>(ref MemoryMarshal.GetArrayDataReference(slot.Bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rented Allocate() => new(GC.AllocateUninitializedArray<byte>(64, pinned: true));

    public void Free(Rented slot)
    {
    }
}
