namespace Arena;

// A history saves nothing of it, because everything that changes lies in the arena.
public sealed unsafe partial class BuddyAllocator
{
    internal override string? WhyNoHistory => null;

    internal override string Shape => $"{_tree->AtomCount} regions of {(nuint)1 << _tree->AtomShift} bytes";

    internal override void KeepState(StateStream state)
    {
        // The state to restore may be from before Dispose.
        if (state.IsRestoring)
            Reopen();
    }

    internal override void GiveOutlines(ILiveOutlines outlines)
    {
        if (!outlines.MayDiffer(_tree->OrderBytes, _tree->OrderBytes + _tree->AtomCount))
            return;
        var builder = new OutlineBuilder(outlines, (nuint)_memory.Address, _memory.ByteCount);
        foreach (var (address, byteCount) in new LiveRegions(_tree))
            builder.Add(address, byteCount);
        builder.Finish();
    }

    internal override void WalkPart(IMemoryVisitor visitor, nuint from, nuint end)
    {
        var atom = unchecked(from - (nuint)_tree->Base) >> _tree->AtomShift;
        if (atom >= _tree->AtomCount)
            return;
        var around = _tree->RegionAround((void*)from);
        if (around != null)
            atom = ((nuint)around - (nuint)_tree->Base) >> _tree->AtomShift;
        foreach (var (address, byteCount) in new LiveRegions(_tree, atom))
        {
            if (address >= end)
                return;
            visitor.Live(address, byteCount);
        }
    }
}
