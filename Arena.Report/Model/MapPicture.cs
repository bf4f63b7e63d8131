using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>
/// Draws a map of memory as a row of places of equal size: the blocks with storage in address order, end to end.
/// </summary>
/// <remarks>
///     block of a pool           tables    block of a buddy
///     |####....####........|    |====|    |##:.##....##........|
///      live hole                           : partly live
/// Pages on the storage of others and allocations that a compaction has moved are marked. Neighbours that look the same
/// are one cell. Blocks of one allocator that touch are one stretch; a stretch begins at
/// a place of its own, so that no place has two owners.
/// </remarks>
internal sealed class MapPicture
{
    private const int Full = 4;
    private const int Tables = -1;

    private readonly List<MapCell> _cells = [];
    private readonly ulong _base;
    private readonly int _mostPlaces;
    private int _places;

    private readonly RunWalk _shared;
    private readonly RunWalk _moved;

    private MapPicture(MemoryMap map, ulong baseAddress, long bytesPerPlace, int mostPlaces)
    {
        _base = baseAddress;
        _shared = new RunWalk(map.Shared);
        _moved = new RunWalk(map.Moved);
        BytesPerPlace = bytesPerPlace;
        _mostPlaces = mostPlaces;
    }

    public long BytesPerPlace { get; }

    public IReadOnlyList<MapCell> Cells => _cells;

    public static MapPicture Of(
        MemoryMap map, ulong baseAddress, StoredRuns stored, int mostPlaces, long start = 0, long end = long.MaxValue)
    {
        var stretches = Stretches(map, stored, start, end);
        long bytesPerPlace = 16;
        while (bytesPerPlace < long.MaxValue / 2 && stretches.Sum(each => PlacesOf(each, bytesPerPlace)) > mostPlaces
            && stretches.Any(each => each.Bytes > bytesPerPlace))
            bytesPerPlace *= 2;
        var picture = new MapPicture(map, baseAddress, bytesPerPlace, mostPlaces);
        foreach (var stretch in stretches)
            picture.Draw(stretch);
        return picture;
    }

    private static long PlacesOf(Stretch stretch, long bytesPerPlace) => (stretch.Bytes - 1) / bytesPerPlace + 1;

    // Draws a stretch. If very mixed memory has more stretches than places, the rest is not drawn.
    private void Draw(Stretch stretch)
    {
        var run = 0;
        for (long at = 0; at < stretch.Bytes && _places < _mostPlaces; _places++)
        {
            var bytesOfPlace = Math.Min(BytesPerPlace, stretch.Bytes - at);
            var (from, to) = (stretch.Start + at, stretch.Start + at + bytesOfPlace);
            var (bytes, count) = LiveBetween(stretch.Runs, from, to, ref run);
            var fill = stretch.IsTable ? Tables : FillOf(bytes / (double)(to - from));
            var cell = new MapCell(
                stretch.Owner, 1, unchecked(_base + (ulong)from), to - from, bytes, count, fill,
                _shared.BytesBetween(from, to), _moved.BytesBetween(from, to));
            if (at > 0 && LooksLike(_cells[^1], cell))
                _cells[^1] = Joined(_cells[^1], cell);
            else
                _cells.Add(cell);
            at += bytesOfPlace;
        }
    }

    private static int FillOf(double share) => share switch
    {
        0 => 0,
        // A slab's header leaves a full one a little short.
        > 0.98 => Full,
        _ => 1 + (int)(share * (Full - 1)),
    };

    private static bool LooksLike(MapCell cell, MapCell next) =>
        (cell.Fill, cell.IsShared, cell.IsMoved) == (next.Fill, next.IsShared, next.IsMoved);

    private static MapCell Joined(MapCell cell, MapCell next) => cell with
    {
        Places = cell.Places + 1,
        Bytes = cell.Bytes + next.Bytes,
        LiveBytes = cell.LiveBytes + next.LiveBytes,
        LiveCount = cell.LiveCount + next.LiveCount,
        SharedBytes = cell.SharedBytes + next.SharedBytes,
        MovedBytes = cell.MovedBytes + next.MovedBytes,
    };

    // Allocations of a run are assumed to be of one size: a map does not record where one ends and the next begins.
    private static (long Bytes, long Count) LiveBetween(List<MapRun> runs, long from, long to, ref int first)
    {
        while (first < runs.Count && runs[first].Offset + runs[first].ByteCount <= from)
            first++;
        long bytes = 0, count = 0;
        for (var i = first; i < runs.Count && runs[i].Offset < to; i++)
        {
            var (begin, end) = (Math.Max(from, runs[i].Offset), Math.Min(to, runs[i].Offset + runs[i].ByteCount));
            bytes += end - begin;
            count += BegunBefore(runs[i], end) - BegunBefore(runs[i], begin);
        }
        return (bytes, count);
    }

    private static long BegunBefore(MapRun run, long end) =>
        (long)Math.Ceiling(run.Count * ((end - run.Offset) / (double)run.ByteCount));

    // Those from a start to an end, both counted from the arena's base.
    private static List<Stretch> Stretches(MemoryMap map, StoredRuns stored, long start, long end)
    {
        List<Stretch> stretches = [];
        Dictionary<int, int> owners = [];
        foreach (var block in map.Blocks)
        {
            if (!owners.TryGetValue(block.Allocator, out var owner))
                owners.Add(block.Allocator, owner = owners.Count);
            var run = 0;
            var (first, last) = (Math.Max(start, block.Offset), Math.Min(end, block.Offset + block.ByteCount));
            foreach (var (from, to) in first < last ? stored.Within(block, first, last) : [])
            {
                var open = stretches.Count > 0 ? stretches[^1] : null;
                var isTable = block.CapacityBytes == 0;
                if (open is null || open.Owner != owner || open.IsTable != isTable || open.Start + open.Bytes != from)
                    stretches.Add(open = new Stretch(owner, from, isTable));
                open.Bytes += to - from;
                AddRuns(open, block.Runs, from, to, ref run);
            }
        }
        return stretches;
    }

    // Adds only the runs in the part: a forged file may claim more live bytes in a block than it has.
    private static void AddRuns(Stretch stretch, IReadOnlyList<MapRun> runs, long from, long to, ref int first)
    {
        while (first < runs.Count && runs[first].Offset + runs[first].ByteCount <= from)
            first++;
        for (var i = first; i < runs.Count && runs[i].Offset < to; i++)
        {
            var (start, end) = (Math.Max(from, runs[i].Offset), Math.Min(to, runs[i].Offset + runs[i].ByteCount));
            stretch.Runs.Add(new MapRun(start, end - start, runs[i].Count));
        }
    }

    private sealed class Stretch(int owner, long start, bool isTable)
    {
        public int Owner => owner;

        public long Start => start;

        public bool IsTable => isTable;

        public long Bytes { get; set; }

        public List<MapRun> Runs { get; } = [];
    }
}
