namespace Arena.Bench.Traces;

/// <summary>The memory a trace is replayed on; a struct as type argument, so that calls inline.</summary>
internal unsafe interface ITraceMemory
{
    void* Allocate(nuint byteCount);

    void* AllocateAligned(nuint byteCount, nuint alignment);

    void* Reallocate(void* address, nuint byteCount);

    void Free(void* address);
}
