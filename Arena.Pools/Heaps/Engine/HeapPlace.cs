namespace Arena.Pools;

/// <summary>The place of a live allocation of a heap; without a segment it is a block of the arena.</summary>
internal unsafe struct HeapPlace
{
    public void* Address;
    public Segment* Segment;
    public int Granule;
    public int SizeClass;
    public nuint ByteCount;
}
