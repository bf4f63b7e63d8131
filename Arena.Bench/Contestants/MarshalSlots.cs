using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary><see cref="Marshal.AllocHGlobal(int)"/>, the older call for native memory.</summary>
internal readonly unsafe struct MarshalSlots<T> : ISlots<nint>
    where T : unmanaged
{
    public static ref ulong Word(nint slot) => ref *(ulong*)slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => Marshal.AllocHGlobal(sizeof(T));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint slot) => Marshal.FreeHGlobal(slot);
}
