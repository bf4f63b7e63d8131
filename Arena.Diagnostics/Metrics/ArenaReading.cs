namespace Arena.Diagnostics;

/// <summary>The numbers of one arena at a quiet point, which instruments read until the next one.</summary>
internal struct ArenaReading
{
    public long LiveCount;
    public long UsedBytes;
    public long LargestFreeBytes;

    /// <summary>The fragmentation, 1 - largest free / free; 0 if nothing is free.</summary>
    public double Fragmentation;

    /// <summary>Allocations since counting began.</summary>
    public long Allocations;
    public long Frees;
    public long AllocatedBytes;
}
