using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary><see cref="Marshal.AllocHGlobal(int)"/> by the byte.</summary>
internal readonly unsafe struct MarshalSizes : ISizes<nint>
{
    public static ref byte First(nint memory) => ref *(byte*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => Marshal.AllocHGlobal(byteCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint memory) => Marshal.FreeHGlobal(memory);
}
