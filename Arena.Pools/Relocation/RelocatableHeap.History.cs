namespace Arena.Pools;

// The state that a history saves. Contents, headers, bits and entries lie in the arena. Pins do not go back: they are
// of code that is running.
public sealed unsafe partial class RelocatableHeap
{
    private const ulong TableOutline = 3;
    private const ulong LargeOutline = 4;

    internal override string? WhyNoHistory => _pinnedCount == 0
        ? null
        : $"{_pinnedCount} of its allocations are pinned, and pins do not go back; dispose what Pin returned";

    internal override string Shape => $"segments of {_space.SegmentBytes} bytes";

    internal override void KeepState(StateStream state)
    {
        // Handles that were given out since must resolve in no other arena later.
        if (state.IsRestoring)
            Arena.HeapNumbers.Note(_number, _table.HighestGeneration);
        var number = state.Keep(_number);
        // One that is gone gave its number back.
        if (state.IsRestoring && !IsDisposed && !Arena.HeapNumbers.IsOut(number))
            throw new InvalidDataException($"{Label} has number {number}, which its arena does not have");
        _number = number;
        _numberBits = state.Keep(_numberBits);
        _space.KeepState(state);
        _tableSpace.KeepState(state);
        _table.KeepState(state);
        _relocator.KeepState(state);
        _tableRelocator.KeepState(state);
        _liveBytes = state.Keep(_liveBytes);
        _largeBytes = state.Keep(_largeBytes);
        Compaction.KeepState(state);
        _isStepping = state.Keep(_isStepping);
        _leftGainBytes = state.Keep(_leftGainBytes);
        if (!state.IsRestoring)
            return;
        if (IsDisposed)
            CloseRows();
        else
            Reopen();
    }

    internal override string? WhyContradictory()
    {
        if (_numberBits != (ulong)_number << RelocatableHandle.IndexBits || Arena.Allocators().Any(IsTwin))
            return $"its number is {_number}";
        var why = _space.WhyContradictory() ?? _tableSpace.WhyContradictory() ?? _table.WhyContradictory();
        if (why is not null)
            return why;
        var found = new RelocatedBlocks(_table);
        for (nuint from = 0; Arena.NextBlock(OwnerToken, from, out var block);)
        {
            from = (nuint)((byte*)block.Address - Arena.Base) + block.ByteCount;
            if (!TryCount(block, found))
                return $"what lies in its block at 0x{(nuint)block.Address:x} is not what its tables say";
        }
        return found.Segments == _space.Count + _tableSpace.Count && found.Entries == _table.CountEntries()
            && found.Allocations == _table.LiveCount && found.LiveBytes == _liveBytes
            && found.LargeBytes == _largeBytes
            ? null
            : "its counts are not those of its blocks";
    }

    internal override void GiveOutlines(ILiveOutlines outlines)
    {
        for (nuint from = 0; Arena.NextBlock(OwnerToken, from, out var block);)
        {
            var start = (byte*)block.Address;
            from = (nuint)(start - Arena.Base) + block.ByteCount;
            if (_space.SegmentAround((nuint)start) is var position && position >= 0)
                _space.GiveOutlines(position, _table, outlines);
            else if (start == _table.Rows || _tableSpace.SegmentAround((nuint)start) >= 0)
                GiveOutlines(outlines, block, TableOutline, start);
            else
                GiveOutlines(outlines, block, LargeOutline, start + LargeHeaderBytes + LargeLength(block));
        }
    }

    internal override void WalkPart(IMemoryVisitor visitor, nuint from, nuint end)
    {
        if (_space.SegmentAround(from) is var position && position >= 0)
            _space.WalkPart(visitor, position, _table, from, end);
        else if (_tableSpace.SegmentAround(from) < 0 && Arena.IsInBlock((void*)from, OwnerToken, out var block)
            && block.Address != _table.Rows)
            visitor.Live((nuint)block.Address + LargeHeaderBytes, LargeLength(block));
    }

    private bool IsTwin(Allocator other) =>
        other != this && other is RelocatableHeap { IsDisposed: false } heap && heap._number == _number;

    // Counts what lies in a block of the arena; false if that contradicts the tables.
    private bool TryCount(Block block, RelocatedBlocks found)
    {
        if (_space.SegmentAround((nuint)block.Address) is var position && position >= 0)
            return _space.TryCount(position, isTable: false, found);
        if (_tableSpace.SegmentAround((nuint)block.Address) is var its && its >= 0)
            return _tableSpace.TryCount(its, isTable: true, found);
        if (block.Address == _table.Rows)
            return true;
        if (!Arena.HasStorage(block.Address, block.ByteCount))
            return false;
        var large = RelocatableBlock.At((byte*)block.Address + LargeHeaderBytes);
        found.LargeBytes += block.ByteCount;
        return large->IsLarge && RelocatableBlock.LentBytes(large) == block.ByteCount
            && LargeLength(block) <= block.ByteCount - LargeHeaderBytes
            && found.TryAdd(large, isTable: false, LargeLength(block));
    }

    // The outlines of a block that lives from its header to an address. Its first page says whether it is the same
    // block as before.
    private static void GiveOutlines(ILiveOutlines outlines, Block block, ulong kind, byte* end)
    {
        var page = (byte*)block.Address;
        var blockEnd = page + block.ByteCount;
        if (!outlines.Set(page, Outline.With(Outline.With(kind, block.ByteCount), (nuint)end)))
            return;
        for (page += outlines.PageBytes; page < blockEnd; page += outlines.PageBytes)
            outlines.Set(page, page < end ? nuint.Min((nuint)(end - page), outlines.PageBytes) : 0);
    }

    private static nuint LargeLength(Block block) =>
        RelocatableBlock.Length(RelocatableBlock.At((byte*)block.Address + LargeHeaderBytes));
}
