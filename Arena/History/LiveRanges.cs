namespace Arena;

/// <summary>Collects what lives in an arena.</summary>
internal sealed class LiveRanges : IMemoryVisitor
{
    private readonly List<LiveRange> _ranges = [];
    private Allocator? _owner;
    private nuint _offset;

    /// <summary>In address order.</summary>
    public IReadOnlyList<LiveRange> Sorted()
    {
        _ranges.Sort((left, right) => left.Address.CompareTo(right.Address));
        return _ranges;
    }

    public void Add(Allocator allocator)
    {
        _owner = allocator;
        _offset = allocator.ValueOffset;
        allocator.Walk(this);
        _offset = 0;
        allocator.WalkElsewhere(this);
    }

    public void Block(in BlockPicture block)
    {
    }

    public void Live(nuint address, nuint byteCount) =>
        _ranges.Add(new LiveRange(address + _offset, byteCount - _offset, _owner!));
}
