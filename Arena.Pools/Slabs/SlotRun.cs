namespace Arena.Pools;

/// <summary>A run of neighbouring slots of one slab, with the number of the first one.</summary>
internal readonly unsafe struct SlotRun(byte* first, uint firstIndex, int count, int strideBytes)
{
    public readonly byte* First = first;
    public readonly uint FirstIndex = firstIndex;
    public readonly int Count = count;
    public readonly int StrideBytes = strideBytes;
}
