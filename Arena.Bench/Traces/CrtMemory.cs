using System.Runtime.InteropServices;

namespace Arena.Bench.Traces;

/// <summary>
/// <see cref="NativeMemory"/>: the C library's. What it aligned it must free by another call on Windows; the few
/// aligned allocations of a trace are therefore made as usual ones.
/// </summary>
internal readonly unsafe struct CrtMemory : ITraceMemory
{
    public void* Allocate(nuint byteCount) => NativeMemory.Alloc(byteCount);

    public void* AllocateAligned(nuint byteCount, nuint alignment) => NativeMemory.Alloc(byteCount);

    public void* Reallocate(void* address, nuint byteCount) => NativeMemory.Realloc(address, byteCount);

    public void Free(void* address) => NativeMemory.Free(address);
}
