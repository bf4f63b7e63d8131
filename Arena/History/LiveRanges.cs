namespace Arena;

/// <summary>Collects the live allocations of an arena.</summary>
/// <param name="asNotified">True for the addresses that observers know; false for those that users know.</param>
internal sealed class LiveRanges(bool asNotified = false) : IMemoryVisitor
{
    private readonly List<LiveRange> _ranges = [];
    private Allocator? _owner;
    private nuint _offset;

    /// <summary>Returns the allocations in address order.</summary>
    public IReadOnlyList<LiveRange> Sorted()
    {
        _ranges.Sort((left, right) => left.Address.CompareTo(right.Address));
        return _ranges;
    }

    public void Add(Allocator allocator)
    {
        _owner = allocator;
        _offset = asNotified ? unchecked(0 - allocator.BytesElsewhere) : allocator.ValueOffset;
        if (!asNotified || allocator.NotifiesAllocations)
            allocator.Walk(this);
        _offset = 0;
        if (!asNotified)
            allocator.WalkElsewhere(this);
    }

    public void Block(in BlockPicture block)
    {
    }

    public void Live(nuint address, nuint byteCount) =>
        _ranges.Add(new LiveRange(asNotified ? address : address + _offset, unchecked(byteCount - _offset), _owner!));
}
