using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary><see cref="NativeMemory"/>: malloc and free of the C library, through P/Invoke.</summary>
internal readonly unsafe struct NativeSlots<T> : ISlots<nint>
    where T : unmanaged
{
    public static ref ulong Word(nint slot) => ref *(ulong*)slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)NativeMemory.Alloc((nuint)sizeof(T));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint slot) => NativeMemory.Free((void*)slot);
}
