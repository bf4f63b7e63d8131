using System.Numerics;

namespace Arena.Pools;

// Where slabs come from and go to, and the tables that describe them.
public sealed unsafe partial class Heap
{
    // A slab takes an eighth of what its class holds, within these bounds: little waste in small heaps, few slabs in
    // large ones.
    private const int LargestSlabBytes = 64 << 10;
    private const int ShareOfClass = 8;

    // Of a slab's pages, what is left behind the last slot is at most a sixteenth.
    private const int LargestRest = 16;

    // Differs from every token that a heap compares with.
    private const ushort NobodysToken = 0;

    private readonly List<Block> _headerBlocks = [];
    private Block _magazineBlock;
    private HeapSlab* _freeHeaders;

    private SlabWalk Slabs() => new(_headerBlocks);

    /// <summary>
    /// The next slab in address order, from a distance from the arena's base on, which it moves behind it.
    /// </summary>
    internal bool NextSlab(ref nuint from, out HeapSlab* slab)
    {
        ThrowIfDisposed();
        while (Arena.NextBlock(OwnerToken, from, out var block))
        {
            var offset = (nuint)block.Address - (nuint)Arena.Base;
            from = offset + block.ByteCount;
            slab = (HeapSlab*)Arena.Notes[offset >> PageMap.OwnerGranuleShift];
            if (slab != null)
                return true;
        }
        slab = null;
        return false;
    }

    private string? MakeMagazines()
    {
        var bytes = 0;
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            _magazineOffsets[sizeClass] = bytes;
            bytes += Magazine.StrideBytes(CapacityOf(sizeClass));
        }
        if (Lend((nuint)bytes, 0, out _magazineBlock, out _) is { } why)
            return why;
        _magazines = (byte*)_magazineBlock.Address;
        _magazineBlock.AsSpan().Clear();
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
            MagazineOf(sizeClass)->Capacity = CapacityOf(sizeClass);
        return null;
    }

    private static int CapacityOf(int sizeClass) =>
        Math.Clamp(Magazine.Bytes / SizeClasses.BytesOf(sizeClass), Magazine.LeastCapacity, Magazine.MostCapacity);

    private string? AddSlab(int sizeClass)
    {
        var stride = SizeClasses.BytesOf(sizeClass);
        var magazine = MagazineOf(sizeClass);
        var bytes = SlabBytesFor(stride, magazine->SlabBytes);
        var why = TakeSlab(bytes, 0, out var slab, out _);
        if (why is not null)
            return why;
        slab->Class = (byte)sizeClass;
        slab->StrideBytes = (uint)stride;
        slab->SlotCount = (int)(slab->BlockBytes / (nuint)stride);
        slab->Shift = BitOperations.TrailingZeroCount(stride);
        slab->Inverse = SlabGeometry.InverseOfOdd((uint)stride >> slab->Shift);
        slab->Token = OwnerToken;
        magazine->SlabBytes += slab->BlockBytes;
        List(magazine, slab);
        return null;
    }

    // The fewest pages that leave little behind the last slot; then as many of those as the class deserves.
    private static nuint SlabBytesFor(int stride, nuint classBytes)
    {
        var page = PageArena.PageBytes;
        var unit = PageMap.RoundUp((nuint)stride, page);
        while (unit % (nuint)stride * LargestRest > unit)
            unit += page;
        var mostBytes = Math.Min((nuint)LargestSlabBytes, (nuint)stride * HeapSlab.MaximumSlots);
        var wanted = Math.Min(classBytes / ShareOfClass, mostBytes);
        return Math.Max(1, wanted / unit) * unit;
    }

    private void* TakeBlock(nuint byteCount, nuint alignment, out bool isZero, out string? why)
    {
        why = TakeSlab(byteCount, alignment, out var slab, out isZero);
        if (why is not null)
            return null;
        slab->StrideBytes = 0;
        slab->SlotCount = 1;
        slab->Live[0] = 1;
        // The fast path of Free knows nothing of blocks.
        slab->Token = NobodysToken;
        return slab->First;
    }

    private string? TakeSlab(nuint byteCount, nuint alignment, out HeapSlab* slab, out bool isZero)
    {
        isZero = false;
        slab = null;
        if (_freeHeaders == null && AddHeaders() is { } noHeaders)
            return noHeaders;
        if (Lend(byteCount, alignment, out var block, out isZero) is { } why)
            return why;
        slab = _freeHeaders;
        _freeHeaders = slab->Next;
        *slab = default;
        slab->First = (byte*)block.Address;
        slab->BlockBytes = block.ByteCount;
        Note(block, slab);
        return null;
    }

    private string? AddHeaders()
    {
        if (Lend(PageArena.PageBytes, 0, out var block, out _) is { } why)
            return why;
        block.AsSpan().Clear();
        _headerBlocks.Add(block);
        for (nuint offset = 0; offset < block.ByteCount; offset += HeapSlab.Bytes)
        {
            var header = (HeapSlab*)((byte*)block.Address + offset);
            header->Next = _freeHeaders;
            _freeHeaders = header;
        }
        return null;
    }

    private string? Lend(nuint byteCount, nuint alignment, out Block block, out bool isZero)
    {
        var why = Arena.Lend(byteCount, alignment, OwnerToken, out block, out isZero);
        if (why is not null)
            return why;
        CommittedBytes += block.ByteCount;
        EnterFastPath();
        return null;
    }

    // Takes an empty slab out of its class.
    private nuint Retire(HeapSlab* slab, bool decommit)
    {
        var magazine = MagazineOf(slab->Class);
        if (slab->Listed)
            Unlist(magazine, slab);
        KeepEmpty(magazine, slab, false);
        magazine->SlabBytes -= slab->BlockBytes;
        return GiveBack(slab, decommit);
    }

    private nuint GiveBack(HeapSlab* slab, bool decommit)
    {
        var block = new Block(slab->First, slab->BlockBytes);
        Note(block, null);
        slab->BlockBytes = 0;
        slab->Token = NobodysToken;
        slab->Next = _freeHeaders;
        _freeHeaders = slab;
        CommittedBytes -= block.ByteCount;
        return Arena.TakeBack(block, OwnerToken, decommit);
    }

    private void GiveBackTables()
    {
        foreach (var block in _headerBlocks)
            Arena.TakeBack(block, OwnerToken);
        _headerBlocks.Clear();
        _freeHeaders = null;
        Arena.TakeBack(_magazineBlock, OwnerToken);
        _magazineBlock = default;
        _magazines = (byte*)PoolConstants.EmptyMagazines;
        CommittedBytes = 0;
    }

    private void Note(Block block, HeapSlab* slab)
    {
        var granule = ((nuint)block.Address - (nuint)Arena.Base) >> PageMap.OwnerGranuleShift;
        new Span<nuint>(Arena.Notes + granule, (int)(block.ByteCount >> PageMap.OwnerGranuleShift)).Fill((nuint)slab);
    }

    private static void List(Magazine* magazine, HeapSlab* slab)
    {
        slab->Listed = true;
        slab->Previous = null;
        slab->Next = magazine->Available;
        if (slab->Next != null)
            slab->Next->Previous = slab;
        magazine->Available = slab;
    }

    private static void Unlist(Magazine* magazine, HeapSlab* slab)
    {
        slab->Listed = false;
        if (slab->Previous != null)
            slab->Previous->Next = slab->Next;
        else
            magazine->Available = slab->Next;
        if (slab->Next != null)
            slab->Next->Previous = slab->Previous;
    }

    private static void KeepEmpty(Magazine* magazine, HeapSlab* slab, bool empty)
    {
        if (slab->KeptEmpty == empty)
            return;
        slab->KeptEmpty = empty;
        magazine->EmptyBytes = empty
            ? magazine->EmptyBytes + slab->BlockBytes
            : magazine->EmptyBytes - slab->BlockBytes;
    }

    // A block shrinks by its last pages and grows into free ones behind it; a slot stays while half of it is used.
    private bool FitsInPlace(HeapSlab* slab, nuint byteCount)
    {
        var granted = slab->GrantedBytes;
        if (!slab->IsBlock)
            return byteCount <= granted && (byteCount > granted / 2 || granted == DefaultAlignment);
        if (byteCount <= SizeClasses.LargestBytes)
            return false;
        var old = new Block(slab->First, slab->BlockBytes);
        if (!Arena.TryResize(old, OwnerToken, byteCount, out var block))
            return false;
        Note(old, null);
        Note(block, slab);
        slab->BlockBytes = block.ByteCount;
        CommittedBytes = CommittedBytes + block.ByteCount - old.ByteCount;
        EnterFastPath();
        return true;
    }

    // Every header in use, in no order; the current slab may be given back.
    private ref struct SlabWalk(List<Block> headerBlocks)
    {
        private readonly List<Block> _blocks = headerBlocks;
        private int _block;
        private nuint _next;

        public HeapSlab* Current { get; private set; }

        public readonly SlabWalk GetEnumerator() => this;

        public bool MoveNext()
        {
            for (; _block < _blocks.Count; _block++, _next = 0)
            {
                while (_next < _blocks[_block].ByteCount)
                {
                    Current = (HeapSlab*)((byte*)_blocks[_block].Address + _next);
                    _next += HeapSlab.Bytes;
                    if (Current->BlockBytes != 0)
                        return true;
                }
            }
            return false;
        }
    }
}
