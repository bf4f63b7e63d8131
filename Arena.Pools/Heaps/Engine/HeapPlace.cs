namespace Arena.Pools;

/// <summary>Where a live allocation of a heap lies; without a segment it is a block of the arena.</summary>
internal unsafe struct HeapPlace
{
    public void* Address;
    public Segment* Segment;
    public int Granule;
    public int SizeClass;
    public nuint ByteCount;
}
