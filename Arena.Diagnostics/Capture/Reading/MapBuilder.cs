namespace Arena.Diagnostics;

/// <summary>Reads memory maps.</summary>
internal sealed class MapBuilder
{
    private readonly List<MemoryMap> _maps = [];
    private readonly List<MapBlock> _blocks = [];
    private readonly List<MapRun> _committed = [];
    private readonly List<MapRun> _shared = [];
    private readonly List<MapRun> _moved = [];
    private MemoryMap? _map;

    public void Add(SectionKind kind, ref ByteReader section)
    {
        switch (kind)
        {
            case SectionKind.MapHeader:
                Finish(isComplete: false);
                _map = MapHeaderSection.Read(ref section);
                break;
            case SectionKind.MapBlock:
                _blocks.Add(MapBlockSection.Read(ref section));
                break;
            case SectionKind.MapCommitted:
                _committed.Clear();
                MapCommittedSection.Read(ref section, _committed);
                break;
            case SectionKind.MapShared:
                _shared.Clear();
                MapCommittedSection.Read(ref section, _shared);
                break;
            case SectionKind.MapMoved:
                _moved.Clear();
                MapMovedSection.Read(ref section, _moved);
                break;
            case SectionKind.MapEnd:
                Finish(isComplete: true);
                break;
        }
    }

    public IReadOnlyList<MemoryMap> Build()
    {
        Finish(isComplete: false);
        return _maps;
    }

    // Both lists are in address order, and blocks do not overlap: one pass over them. A block that begins within
    // another is impossible: it is left out, and the map is not complete.
    private MapBlock[] WithStorage(ref bool isComplete)
    {
        List<MapBlock> blocks = new(_blocks.Count);
        var (first, lastEnd) = (0, 0L);
        foreach (var block in _blocks.OrderBy(block => block.Offset))
        {
            var (start, end) = (block.Offset, block.Offset + block.ByteCount);
            if (start < lastEnd)
            {
                isComplete = false;
                continue;
            }
            while (first < _committed.Count && EndOf(_committed[first]) <= start)
                first++;
            long bytes = 0;
            for (var run = first; run < _committed.Count && _committed[run].Offset < end; run++)
                bytes += Math.Min(end, EndOf(_committed[run])) - Math.Max(start, _committed[run].Offset);
            blocks.Add(block with { CommittedBytes = bytes });
            lastEnd = end;
        }
        return [.. blocks];
    }

    private static long EndOf(MapRun run) => run.Offset + run.ByteCount;

    private void Finish(bool isComplete)
    {
        if (_map is not null)
        {
            var blocks = WithStorage(ref isComplete);
            _maps.Add(_map with
            {
                Blocks = blocks,
                Committed = [.. _committed],
                Shared = [.. _shared],
                Moved = [.. _moved],
                IsComplete = isComplete,
            });
        }
        _map = null;
        _blocks.Clear();
        _committed.Clear();
        _shared.Clear();
        _moved.Clear();
    }
}
