namespace Arena.Pools;

// The state that a history saves of a heap for one thread.
internal unsafe partial class HeapBlocks : IKeepsState
{
    // Nothing lives in a block with magazines.
    private const ulong OwnOutline = 0;

    /// <inheritdoc/>
    public virtual void KeepState(StateStream state)
    {
        state.Keep(ref _segments, _segments.Length);
        _largeCount = state.Keep(_largeCount);
        _largeBytes = state.Keep(_largeBytes);
        var stores = state.KeepCount(_stores.Count, sizeof(nint));
        if (!state.IsRestoring)
        {
            foreach (var store in _stores)
                state.Keep(store);
            return;
        }
        _stores.Clear();
        for (var i = 0; i < stores; i++)
            _stores.Add(state.Keep<nint>(0));
    }

    /// <summary>Gives the outlines of all that it has: of segments by their live bits, of large allocations as a
    /// whole.</summary>
    public void GiveOutlines(ILiveOutlines outlines)
    {
        for (nuint from = 0; Arena.NextBlock(_owner.OwnerToken, from, out var block);)
        {
            var start = (nuint)block.Address;
            from = start - (nuint)Arena.Base + block.ByteCount;
            var segment = Find(block.Address);
            if (segment == block.Address)
            {
                Segment.GiveOutlines(segment, IsShared, outlines);
                continue;
            }
            // A block of another length has pages that lived in other ways, although nothing was written there.
            var kind = IsOwnBlock(block.Address) ? OwnOutline : Outline.Whole;
            if (!outlines.Set(block.Address, Outline.With(kind, block.ByteCount)))
                continue;
            for (var page = start + outlines.PageBytes; page < start + block.ByteCount; page += outlines.PageBytes)
                outlines.Set((void*)page, kind);
            outlines.Touch(block.Address, (byte*)block.Address + block.ByteCount);
        }
    }

    /// <summary>Shows what lives in a part of a block.</summary>
    public void WalkPart(IMemoryVisitor visitor, nuint from, nuint end)
    {
        var segment = Find((void*)from);
        if (segment != null)
            Segment.WalkPart(segment, visitor, from, end);
        else if (!IsInStore(from))
            visitor.Live(from, end - from);
    }

    private bool IsInStore(nuint address)
    {
        foreach (var store in _stores)
        {
            if (Arena.IsBlock((void*)store, _owner.OwnerToken, out var block)
                && block.Covers(address))
                return true;
        }
        return false;
    }
}
