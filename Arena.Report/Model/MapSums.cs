using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Adds up maps of memory: who holds what, how much of it is wasted, what still fits.</summary>
internal static class MapSums
{
    private const int MostMaps = 8;
    private const int MostPlaces = 3_600;

    /// <summary>The last map of each arena, those of the largest arenas.</summary>
    public static IReadOnlyList<MapModel> Of(MemoryCapture capture)
    {
        var maps = capture.Maps
            .Where(map => map.Blocks.Count > 0 && map.Arena < capture.Arenas.Count)
            .GroupBy(map => map.Arena)
            .Select(ofArena => ofArena.Where(map => map.IsComplete).LastOrDefault() ?? ofArena.Last())
            .OrderByDescending(map => map.LentBytes)
            .Take(MostMaps)
            .ToArray();
        return [.. maps.Select(map => Of(map, capture.Arenas[map.Arena], MostPlaces / maps.Length))];
    }

    private static MapModel Of(MemoryMap map, CaptureArena arena, int mostPlaces)
    {
        var allocators = map.Blocks.Select(block => block.Allocator).Distinct().ToArray();
        var owners = allocators.Select(number => Owner(map, arena, number)).ToArray();
        var committed = map.Committed.Sum(run => run.ByteCount);
        var kept = Kept(map).ToArray();
        var free = owners.Sum(owner => owner.FreeBytes) + kept.Sum();
        var largest = owners.Select(owner => owner.LargestFreeBytes).Concat(kept).Append(0).Max();
        var capacity = map.Blocks.Sum(block => Math.Min(block.CapacityBytes, block.CommittedBytes));
        var picture = MapPicture.Of(map, arena.BaseAddress, allocators, mostPlaces);
        return new MapModel
        {
            Arena = arena.Name,
            Seconds = map.Seconds,
            Frame = map.Frame,
            IsComplete = map.IsComplete,
            LiveCount = map.LiveCount,
            LiveBytes = map.LiveBytes,
            LentBytes = map.LentBytes,
            CommittedBytes = committed,
            FreeBytes = free,
            LargestFreeBytes = largest,
            LargestWithPagesBytes = Math.Max(largest, Lendable(map, arena, committed, kept.Sum())),
            Wasted = committed == 0 ? 0 : 1 - map.LiveBytes / (double)committed,
            External = free == 0 ? 0 : 1 - largest / (double)free,
            Internal = map.LentBytes == 0 ? 0 : 1 - capacity / (double)map.LentBytes,
            Owners = owners,
            BytesPerPlace = picture.BytesPerPlace,
            Cells = picture.Cells,
        };
    }

    private static OwnerModel Owner(MemoryMap map, CaptureArena arena, int number)
    {
        var blocks = map.Blocks.Where(block => block.Allocator == number).ToArray();
        var allocator = arena.Allocators.FirstOrDefault(each => each.Number == number) ?? new CaptureAllocator();
        return new OwnerModel
        {
            Name = allocator.Name,
            Kind = allocator.Kind.Length == 0 ? "allocator" : allocator.Kind,
            Tag = allocator.Tag,
            Blocks = blocks.Length,
            LentBytes = blocks.Sum(block => block.CommittedBytes),
            LiveCount = blocks.Sum(block => block.LiveCount),
            LiveBytes = blocks.Sum(block => block.LiveBytes),
            FreeBytes = blocks.Sum(FreeSpace.Bytes),
            LargestFreeBytes = blocks.Max(block => FreeSpace.Largest(block, map.Committed, allocator.Kind)),
            SlotBytes = blocks.Max(block => block.SlotBytes),
        };
    }

    // Runs of pages that have storage and that nobody holds: the arena lends them again.
    private static IEnumerable<long> Kept(MemoryMap map) =>
        from run in map.Committed
        from part in FreeSpace.Outside(map.Blocks, run.Offset, run.Offset + run.ByteCount)
        select part.To - part.From;

    private static long Lendable(MemoryMap map, CaptureArena arena, long committed, long kept)
    {
        var gaps = FreeSpace.Outside(map.Blocks, 0, arena.ReservedBytes);
        var gap = gaps.Select(part => part.To - part.From).Append(0).Max();
        return arena.BudgetBytes == 0 ? gap : Math.Min(gap, Math.Max(0, arena.BudgetBytes - committed + kept));
    }
}
