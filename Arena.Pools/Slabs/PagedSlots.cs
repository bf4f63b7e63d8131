namespace Arena.Pools;

/// <summary>
/// The slots of a pool that a guard gave pages of their own. Each lies in a block of the arena, outside of the slabs,
/// so that its pages can become inaccessible without those of another slot:
/// <code>
/// block     | zone ............... | the slot | inaccessible page |     live: it counts, and walks show it
/// block     | inaccessible ...................................... |     freed: it waits, and only its block is left
/// </code>
/// A listener numbers each of them as a slab of one slot. When the slot is freed it leaves its generation behind, as
/// slots do that lose their storage; so a stale handle is known without a look at the memory.
/// </summary>
internal sealed unsafe class PagedSlots(Allocator owner, ISlabListener? listener, int strideBytes)
{
    private readonly SortedList<nuint, PagedSlot> _live = [];

    // By the addresses of their blocks.
    private readonly Dictionary<nuint, PagedSlot> _waiting = [];

    public int LiveCount => _live.Count;

    /// <summary>
    /// Slots of slabs that stand for those with pages, one for one, in a pool with a maximum: its fast path takes no
    /// more slots than the slabs have, and counts nothing.
    /// </summary>
    public WaitingSlots StandIns { get; } = new();

    public int StandInCount { get; private set; }

    /// <summary>Takes a block for one slot; null if there is none.</summary>
    /// <param name="standIn">The slot of a slab that stands for it until it ends, or null.</param>
    /// <param name="byteCount">Bytes of the block.</param>
    /// <param name="alignment">Alignment of the block.</param>
    /// <param name="frontBytes">Bytes of the block in front of the slot.</param>
    public byte* Take(void* standIn, nuint byteCount, nuint alignment, nuint frontBytes)
    {
        if (owner.Arena.Lend(byteCount, alignment, owner.OwnerToken, out var block) is not null)
            return null;
        var paged = new PagedSlot { Block = block, Slot = (byte*)block.Address + frontBytes, StandIn = standIn };
        if (listener?.Entering((byte*)block.Address, 1, out paged.Index) is not null)
        {
            owner.Arena.TakeBack(block, owner.OwnerToken);
            return null;
        }
        listener?.Added(owner.OwnerToken, RunOf(in paged));
        _live.Add((nuint)paged.Slot, paged);
        StandInCount += standIn == null ? 0 : 1;
        return paged.Slot;
    }

    /// <summary>Returns whether a slot with pages of its own lives at an address.</summary>
    public bool Contains(void* slot) => _live.ContainsKey((nuint)slot);

    /// <summary>Finds the number of a live slot.</summary>
    public bool TryIndexOf(void* slot, out uint index)
    {
        var isLive = _live.TryGetValue((nuint)slot, out var paged);
        index = paged.Index;
        return isLive;
    }

    /// <summary>Returns the lowest live slot above an address; 0 if there is none.</summary>
    public nuint NextAbove(nuint address)
    {
        var slots = _live.Keys;
        var (low, high) = (0, slots.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (slots[middle] > address)
                high = middle;
            else
                low = middle + 1;
        }
        return low < slots.Count ? slots[low] : 0;
    }

    /// <summary>The live slot at the highest address; 0 if there is none.</summary>
    public nuint Last => _live.Count == 0 ? 0 : _live.Keys[^1];

    /// <summary>Ends the life of a slot, while its memory can still be read. Its block waits.</summary>
    /// <returns>The slot that stood for it, or null.</returns>
    public void* End(nuint slot)
    {
        var paged = _live[slot];
        _live.Remove(slot);
        listener?.Removing(RunOf(in paged));
        _waiting.Add((nuint)paged.Block.Address, paged);
        StandInCount -= paged.StandIn == null ? 0 : 1;
        return paged.StandIn;
    }

    /// <summary>Gives the block of a freed slot back; false for an address that is none.</summary>
    public bool TryGiveBack(void* block)
    {
        if (!_waiting.Remove((nuint)block, out var paged))
            return false;
        listener?.Left(paged.Index, 1);
        owner.Arena.TakeBack(paged.Block, owner.OwnerToken);
        return true;
    }

    /// <summary>Gives all blocks back, whatever lives in them.</summary>
    public void Close()
    {
        while (_live.Count != 0)
            End(Last);
        foreach (var block in _waiting.Keys.ToArray())
            TryGiveBack((void*)block);
    }

    /// <summary>Shows the blocks and what lives in them.</summary>
    public void Walk(IMemoryVisitor visitor)
    {
        foreach (var paged in _waiting.Values)
            visitor.Block(PictureOf(in paged));
        foreach (var paged in _live.Values)
        {
            visitor.Block(PictureOf(in paged));
            visitor.Live((nuint)paged.Slot, (nuint)strideBytes);
        }
    }

    private BlockPicture PictureOf(in PagedSlot paged) =>
        new((nuint)paged.Block.Address, paged.Block.ByteCount, (nuint)strideBytes, (nuint)strideBytes);

    private SlotRun RunOf(in PagedSlot paged) => new(paged.Slot, paged.Index, 1, strideBytes);

    private struct PagedSlot
    {
        public Block Block;
        public byte* Slot;
        public void* StandIn;
        public uint Index;
    }
}
