namespace Arena.Diagnostics;

/// <summary>
/// Section MapBlock: a block of an arena, its allocator, and the runs of live allocations in it, each with the gap
/// before it.
/// </summary>
internal static class MapBlockSection
{
    public static void Begin(ByteWriter chunk, int allocator, in BlockPicture block, nuint arenaBase)
    {
        chunk.Begin(SectionKind.MapBlock);
        chunk.Number(allocator);
        chunk.Number((ulong)(block.Address - arenaBase));
        chunk.Number((ulong)block.ByteCount);
        chunk.Number((ulong)block.CapacityBytes);
        chunk.Number((ulong)block.SlotBytes);
    }

    public static void WriteRun(ByteWriter chunk, nuint gap, nuint byteCount, long count)
    {
        chunk.Number((ulong)gap);
        chunk.Number((ulong)byteCount);
        chunk.Number(count);
    }

    public static MapBlock Read(ref ByteReader section)
    {
        var allocator = section.Count();
        var offset = section.Long();
        var byteCount = section.Long();
        var capacityBytes = section.Long();
        var slotBytes = section.Long();
        _ = checked(offset + byteCount);
        List<MapRun> runs = [];
        for (var end = offset; !section.AtEnd;)
        {
            var start = checked(end + section.Long());
            var bytes = section.Long();
            end = checked(start + bytes);
            runs.Add(new MapRun(start, bytes, section.Long()));
        }
        return new MapBlock
        {
            Allocator = allocator,
            Offset = offset,
            ByteCount = byteCount,
            CapacityBytes = capacityBytes,
            SlotBytes = slotBytes,
            Runs = runs,
        };
    }
}
