namespace Arena.Diagnostics;

/// <summary>What the tracker keeps of one live allocation; address 0 marks an empty place in the table.</summary>
internal struct LiveAllocation
{
    public nuint Address;
    public nuint ByteCount;
    public int Site;
    public int Allocator;
}
