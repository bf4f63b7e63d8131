namespace Arena.Diagnostics;

/// <summary>
/// Writes an arena's memory as blocks, and in each block the runs of adjacent live allocations: the gap before a
/// run, its bytes, the number of allocations.
/// </summary>
internal sealed class MapEncoder(ByteWriter chunk, nuint arenaBase) : IMemoryVisitor
{
    private readonly List<MapRun> _moved = [];
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
        MapCommittedSection.Begin(chunk);
        nuint end = 0;
        for (nuint from = 0; arena.NextCommitted(from, out var address, out var byteCount);)
        {
            MapCommittedSection.WriteRun(chunk, address - arenaBase - end, byteCount);
            from = end = address - arenaBase + byteCount;
        }
    }

    public void AddShared(PageArena arena)
    {
        var pages = arena.SharedPages();
        if (pages.Length == 0)
            return;
        MapCommittedSection.BeginShared(chunk);
        var pageBytes = arena.OsPageBytes;
        nuint end = 0;
        for (var i = 0; i < pages.Length;)
        {
            var first = i++;
            while (i < pages.Length && pages[i] == pages[i - 1] + pageBytes)
                i++;
            var (offset, byteCount) = (pages[first] - arenaBase, (nuint)(i - first) * pageBytes);
            MapCommittedSection.WriteRun(chunk, offset - end, byteCount);
            end = offset + byteCount;
        }
    }

    /// <summary>Writes the places of allocations that were moved, of all allocators shown until now.</summary>
    public void AddMoved()
    {
        if (_moved.Count == 0)
            return;
        MapMovedSection.Begin(chunk);
        // Each allocator was shown in the order of addresses, but allocators lie among each other.
        _moved.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        long end = 0;
        foreach (var run in _moved)
        {
            MapMovedSection.WriteRun(chunk, run.Offset - end, run);
            end = run.Offset + run.ByteCount;
        }
    }

    void IMemoryVisitor.Block(in BlockPicture block)
    {
        EndRun();
        MapBlockSection.Begin(chunk, _allocator, in block, arenaBase);
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

    void IMemoryVisitor.Moved(nuint address, nuint byteCount)
    {
        var offset = (long)(address - arenaBase);
        if (_moved.Count > 0 && _moved[^1] is var last && last.Offset + last.ByteCount == offset)
            _moved[^1] = new MapRun(last.Offset, last.ByteCount + (long)byteCount, last.Count + 1);
        else
            _moved.Add(new MapRun(offset, (long)byteCount, 1));
    }

    private void EndRun()
    {
        if (_runCount == 0)
            return;
        MapBlockSection.WriteRun(chunk, _runStart - _position, _runEnd - _runStart, _runCount);
        _position = _runEnd;
        _runCount = 0;
    }
}
