using System.Runtime.InteropServices;

namespace Arena.Bench.Traces;

/// <summary>
/// <see cref="NativeMemory"/>: the C library's malloc. On Windows it must free aligned memory by another call, so the
/// few aligned allocations of a trace are made as usual ones.
/// </summary>
internal readonly unsafe struct CrtMemory : ITraceMemory
{
    public void* Allocate(nuint byteCount) => NativeMemory.Alloc(byteCount);

    public void* AllocateAligned(nuint byteCount, nuint alignment) => NativeMemory.Alloc(byteCount);

    public void* Reallocate(void* address, nuint byteCount) => NativeMemory.Realloc(address, byteCount);

    public void Free(void* address) => NativeMemory.Free(address);
}
