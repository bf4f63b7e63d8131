namespace Arena.Bench.Contestants;

/// <summary>Memory of any size; a struct as type argument, as <see cref="ISlots{TSlot}"/>.</summary>
internal interface ISizes<TMemory>
    where TMemory : struct
{
    TMemory Allocate(int byteCount);

    void Free(TMemory memory);

    static abstract ref byte First(TMemory memory);
}
