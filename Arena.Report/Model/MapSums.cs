using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Adds up maps of memory: the owners, the wasted share, and the requests that still fit.</summary>
internal static class MapSums
{
    private const int MostMaps = 8;
    private const int MostPlaces = 3_600;

    /// <summary>Returns the last map until a moment of each of the largest arenas.</summary>
    public static IReadOnlyList<MapModel> Of(MemoryCapture capture, double until = double.PositiveInfinity)
    {
        var arenas = capture.Arenas.DistinctBy(arena => arena.Number).ToDictionary(arena => arena.Number);
        var maps = Last(capture, until)
            .Where(map => arenas.ContainsKey(map.Arena))
            .OrderByDescending(map => map.LentBytes)
            .Take(MostMaps)
            .ToArray();
        return [.. maps.Select(map => Of(map, arenas[map.Arena], MostPlaces / maps.Length))];
    }

    /// <summary>
    /// A part of the last map of an arena until a moment, in as many places as the whole has; null if there is none.
    /// </summary>
    /// <param name="capture">The capture.</param>
    /// <param name="until">The moment.</param>
    /// <param name="arena">The arena's number.</param>
    /// <param name="start">START: the part's first address.</param>
    /// <param name="bytes">LEN: its bytes.</param>
    public static MapPart? Part(MemoryCapture capture, double until, int arena, ulong start, long bytes)
    {
        var baseAddress = capture.Arenas.FirstOrDefault(each => each.Number == arena)?.BaseAddress;
        if (baseAddress is not { } from || bytes <= 0 || start < from || start - from > long.MaxValue / 2
            || Last(capture, until).FirstOrDefault(map => map.Arena == arena) is not { } map)
            return null;
        var offset = (long)(start - from);
        var end = offset + Math.Min(bytes, long.MaxValue / 2);
        var picture = MapPicture.Of(map, from, Shown(map), MostPlaces, offset, end);
        return new MapPart(arena, start, bytes, picture.BytesPerPlace, picture.Cells);
    }

    // A page that shows the storage of another is in the picture, because its values live.
    private static StoredRuns Shown(MemoryMap map) =>
        new([.. map.Committed.Concat(map.Shared).OrderBy(run => run.Offset)]);

    private static IEnumerable<MemoryMap> Last(MemoryCapture capture, double until) => capture.Maps
        .Where(map => map.Blocks.Count > 0 && map.Seconds <= until)
        .GroupBy(map => map.Arena)
        .Select(ofArena => ofArena.Where(map => map.IsComplete).LastOrDefault() ?? ofArena.Last());

    private static MapModel Of(MemoryMap map, CaptureArena arena, int mostPlaces)
    {
        var stored = new StoredRuns(map.Committed);
        var owners = Owners(map, arena, stored);
        var committed = map.Committed.Sum(run => run.ByteCount);
        var kept = stored.Outside(map.Blocks).Select(part => part.To - part.From).ToArray();
        var (live, lent) = (map.LiveBytes, map.LentBytes);
        var free = owners.Sum(owner => owner.FreeBytes) + kept.Sum();
        var largest = owners.Select(owner => owner.LargestFreeBytes).Concat(kept).Append(0).Max();
        var capacity = map.Blocks.Sum(block => Math.Min(block.CapacityBytes, block.CommittedBytes));
        var picture = MapPicture.Of(map, arena.BaseAddress, Shown(map), mostPlaces);
        return new MapModel
        {
            Arena = Printable.Line(arena.Name),
            Number = arena.Number,
            Seconds = map.Seconds,
            Frame = map.Frame,
            IsComplete = map.IsComplete,
            LiveCount = map.LiveCount,
            LiveBytes = live,
            LentBytes = lent,
            CommittedBytes = committed,
            SharedBytes = map.Shared.Sum(run => run.ByteCount),
            MovedCount = map.Moved.Sum(run => run.Count),
            MovedBytes = map.Moved.Sum(run => run.ByteCount),
            FreeBytes = free,
            LargestFreeBytes = largest,
            LargestWithPagesBytes = Math.Max(largest, Lendable(map, arena, committed, kept.Sum())),
            Wasted = committed == 0 ? 0 : 1 - live / (double)committed,
            External = free == 0 ? 0 : 1 - largest / (double)free,
            Internal = lent == 0 ? 0 : 1 - capacity / (double)lent,
            Owners = owners,
            BytesPerPlace = picture.BytesPerPlace,
            Cells = picture.Cells,
        };
    }

    // Returns the owners in the order of their first blocks, as the picture numbers them.
    private static OwnerModel[] Owners(MemoryMap map, CaptureArena arena, StoredRuns stored)
    {
        var allocators = arena.Allocators.DistinctBy(each => each.Number).ToDictionary(each => each.Number);
        return
        [
            .. map.Blocks.GroupBy(block => block.Allocator)
                .Select(own => Owner(
                    [.. own], allocators.GetValueOrDefault(own.Key) ?? new CaptureAllocator(), stored)),
        ];
    }

    private static OwnerModel Owner(MapBlock[] blocks, CaptureAllocator allocator, StoredRuns stored) => new()
    {
        Name = Printable.Line(allocator.Name),
        Kind = allocator.Kind.Length == 0 ? "allocator" : Printable.Line(allocator.Kind),
        Tag = Printable.LineOrNull(allocator.Tag),
        Blocks = blocks.Length,
        LentBytes = blocks.Sum(block => block.CommittedBytes),
        LiveCount = blocks.Sum(block => block.LiveCount),
        LiveBytes = blocks.Sum(block => block.LiveBytes),
        FreeBytes = blocks.Sum(FreeSpace.Bytes),
        LargestFreeBytes = blocks.Max(block => FreeSpace.Largest(block, stored, allocator.Kind)),
        SlotBytes = blocks.Max(block => block.SlotBytes),
    };

    private static long Lendable(MemoryMap map, CaptureArena arena, long committed, long kept)
    {
        var gap = Gaps.Outside(map.Blocks, [(0, arena.ReservedBytes)])
            .Select(part => part.To - part.From).Append(0).Max();
        return arena.BudgetBytes == 0 ? gap : Math.Min(gap, Math.Max(0, arena.BudgetBytes - committed + kept));
    }
}
