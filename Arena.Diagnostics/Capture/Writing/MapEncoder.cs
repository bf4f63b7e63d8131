namespace Arena.Diagnostics;

/// <summary>
/// Writes an arena's memory as blocks, and in each block the runs of adjacent live allocations: the gap before a
/// run, its bytes, the number of allocations.
/// </summary>
internal sealed class MapEncoder(ByteWriter chunk, nuint arenaBase) : IMemoryVisitor
{
    private int _allocator;
    private nuint _position;
    private nuint _runStart;
    private nuint _runEnd;
    private long _runCount;

    /// <summary>Shows all of an allocator's memory.</summary>
    public void Add(Allocator allocator, int number)
    {
        _allocator = number;
        allocator.WalkAsVisitor(this);
        EndRun();
    }

    public void AddCommitted(PageArena arena)
    {
        chunk.Begin(SectionKind.MapCommitted);
        nuint end = 0;
        for (nuint from = 0; arena.NextCommitted(from, out var address, out var byteCount);)
        {
            chunk.Number((ulong)(address - arenaBase - end));
            chunk.Number((ulong)byteCount);
            from = end = address - arenaBase + byteCount;
        }
    }

    void IMemoryVisitor.Block(in BlockPicture block)
    {
        EndRun();
        chunk.Begin(SectionKind.MapBlock);
        chunk.Number(_allocator);
        chunk.Number((ulong)(block.Address - arenaBase));
        chunk.Number((ulong)block.ByteCount);
        chunk.Number((ulong)block.CapacityBytes);
        chunk.Number((ulong)block.SlotBytes);
        _position = block.Address;
    }

    void IMemoryVisitor.Live(nuint address, nuint byteCount)
    {
        if (_runCount > 0 && address == _runEnd)
        {
            _runEnd += byteCount;
            _runCount++;
            return;
        }
        EndRun();
        (_runStart, _runEnd, _runCount) = (address, address + byteCount, 1);
    }

    private void EndRun()
    {
        if (_runCount == 0)
            return;
        chunk.Number((ulong)(_runStart - _position));
        chunk.Number((ulong)(_runEnd - _runStart));
        chunk.Number(_runCount);
        _position = _runEnd;
        _runCount = 0;
    }
}
