namespace Arena.Pools;

/// <summary>Counts the blocks of a relocatable heap that was read from a stream.</summary>
/// <param name="table">Its table, which knows each of them once.</param>
internal sealed unsafe class RelocatedBlocks(RelocationTable table)
{
    public int Segments { get; set; }

    /// <summary>Live allocations.</summary>
    public int Allocations { get; private set; }

    /// <summary>Blocks of entries of the table.</summary>
    public int Entries { get; private set; }

    public nuint LiveBytes { get; private set; }

    public nuint LargeBytes { get; set; }

    /// <summary>Counts a block; false if the table does not know it there, or it is of the other kind.</summary>
    public bool TryAdd(RelocatableBlock* block, bool isTable, nuint byteCount)
    {
        if (block->IsTable != isTable || block->Pins != 0 || !table.Knows(block))
            return false;
        if (isTable)
        {
            Entries++;
            return byteCount >= table.EntryBytesOf((int)block->Index);
        }
        Allocations++;
        LiveBytes += byteCount;
        return true;
    }
}
