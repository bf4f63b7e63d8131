using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary><see cref="NativeMemory"/> by the byte.</summary>
internal readonly unsafe struct NativeSizes : ISizes<nint>
{
    public static ref byte First(nint memory) => ref *(byte*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)NativeMemory.Alloc((uint)byteCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint memory) => NativeMemory.Free((void*)memory);
}
