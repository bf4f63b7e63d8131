using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>Pinned arrays of any size; a free is forgetting it.</summary>
internal readonly struct PinnedSizes : ISizes<Rented>
{
    public static ref byte First(Rented memory) => ref MemoryMarshal.GetArrayDataReference(memory.Bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rented Allocate(int byteCount) => new(GC.AllocateUninitializedArray<byte>(byteCount, pinned: true));

    public void Free(Rented memory)
    {
    }
}
