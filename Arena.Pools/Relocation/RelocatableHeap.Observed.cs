namespace Arena.Pools;

// The heap as observers see it, and its disposal.
public sealed unsafe partial class RelocatableHeap
{
    internal override LiveTotals CountLive() =>
        IsDisposed ? default : new LiveTotals(_table.LiveCount, _liveBytes);

    internal override LeakNotice? FindLeaks()
    {
        if (_table is null || _table.LiveCount == 0)
            return null;
        var first = new FirstLive();
        Walk(first);
        return Notice(_table.LiveCount, _liveBytes, first.Addresses);
    }

    internal override void Walk(IMemoryVisitor visitor)
    {
        for (nuint from = 0; Arena.NextBlock(OwnerToken, from, out var block);)
        {
            from = (nuint)block.Address - (nuint)Arena.Base + block.ByteCount;
            if (block.Address == _table.Rows)
                visitor.Block(new BlockPicture((nuint)block.Address, block.ByteCount, 0, 0));
            else if (_space.TryFind(block, out var position))
                WalkSegment(visitor, block, position);
            else if (_tableSpace.TryFind(block, out _))
                visitor.Block(new BlockPicture((nuint)block.Address, block.ByteCount, 0, 0));
            else
                ShowLarge(visitor, block);
        }
    }

    internal override void Close()
    {
        CloseRows();
        if (_table is null)
            return;
        _pinLife++;
        _pinnedCount = 0;
        Arena.HeapNumbers.GiveBack(_number, _table.HighestGeneration);
        _space.CloseGap();
        _tableSpace.CloseGap();
        Arena.TakeBackAll(OwnerToken);
    }

    private void CloseRows()
    {
        _rows = null;
        _rowCount = _rowCountOfFree = 0;
    }

    private static void ShowLarge(IMemoryVisitor visitor, Block block)
    {
        visitor.Block(new BlockPicture(
            (nuint)block.Address, block.ByteCount, block.ByteCount - LargeHeaderBytes, 0));
        var contents = (byte*)block.Address + LargeHeaderBytes;
        visitor.Live((nuint)contents, RelocatableBlock.Length(RelocatableBlock.At(contents)));
    }

    private void WalkSegment(IMemoryVisitor visitor, Block lent, int position)
    {
        var capacity = (nuint)(_space.GranuleEnd - _space.FirstGranule) * RelocatableBlock.GranuleBytes;
        visitor.Block(new BlockPicture((nuint)lent.Address, lent.ByteCount, capacity, 0));
        var bits = RelocationSpace.UsedBits(_space.Base(position));
        var end = _space.GranuleEnd;
        for (var at = BitRuns.FirstSet(bits, _space.FirstGranule, end); at < end;)
        {
            var block = _space.BlockAt(position, at);
            var granules = RelocationSpace.GranulesOf(block);
            if (block->WasMoved)
                visitor.Moved((nuint)block, (nuint)granules * RelocatableBlock.GranuleBytes);
            visitor.Live((nuint)RelocatableBlock.Contents(block), block->SmallLength);
            at = BitRuns.FirstSet(bits, at + granules, end);
        }
    }

    private sealed class FirstLive : IMemoryVisitor
    {
        public List<nuint> Addresses { get; } = [];

        public void Block(in BlockPicture block)
        {
        }

        public void Live(nuint address, nuint byteCount)
        {
            if (Addresses.Count < LeakNotice.MaximumAddresses)
                Addresses.Add(address);
        }
    }
}
