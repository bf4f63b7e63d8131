using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary><c>new byte[]</c> without clearing, the collector's best case; a free is forgetting it.</summary>
internal readonly struct NewArrays : ISizes<Rented>
{
    public static ref byte First(Rented memory) => ref MemoryMarshal.GetArrayDataReference(memory.Bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rented Allocate(int byteCount) => new(GC.AllocateUninitializedArray<byte>(byteCount));

    public void Free(Rented memory)
    {
    }
}
