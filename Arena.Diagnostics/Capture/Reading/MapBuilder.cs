namespace Arena.Diagnostics;

/// <summary>Reads memory maps.</summary>
internal sealed class MapBuilder
{
    private readonly List<MemoryMap> _maps = [];
    private readonly List<MapBlock> _blocks = [];
    private readonly List<MapRun> _committed = [];
    private MemoryMap? _map;

    public void Add(SectionKind kind, ref ByteReader section)
    {
        switch (kind)
        {
            case SectionKind.MapHeader:
                Finish(isComplete: false);
                _map = new MemoryMap
                {
                    Arena = section.Count(), Seconds = CaptureTime.Seconds(section.Long()), Frame = section.Long(),
                };
                break;
            case SectionKind.MapBlock:
                AddBlock(ref section);
                break;
            case SectionKind.MapCommitted:
                _committed.Clear();
                for (long end = 0; !section.AtEnd; end = EndOf(_committed[^1]))
                    _committed.Add(Run(end, section.Long(), section.Long(), 1));
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

    private void AddBlock(ref ByteReader section)
    {
        var allocator = section.Count();
        var offset = section.Long();
        var (byteCount, capacityBytes, slotBytes) = (section.Long(), section.Long(), section.Long());
        _ = checked(offset + byteCount);
        List<MapRun> runs = [];
        for (var position = offset; !section.AtEnd; position = EndOf(runs[^1]))
            runs.Add(Run(position, section.Long(), section.Long(), section.Long()));
        _blocks.Add(new MapBlock
        {
            Allocator = allocator,
            Offset = offset,
            ByteCount = byteCount,
            CapacityBytes = capacityBytes,
            SlotBytes = slotBytes,
            Runs = runs,
        });
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

    // A run whose end overflows would break every sum: a map that holds one is damaged.
    private static MapRun Run(long position, long gap, long byteCount, long count)
    {
        var offset = checked(position + gap);
        _ = checked(offset + byteCount);
        return new MapRun(offset, byteCount, count);
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
                IsComplete = isComplete,
            });
        }
        _map = null;
        _blocks.Clear();
        _committed.Clear();
    }
}
