namespace GameLoop.Backends.Arenas;

// What the world's memory looks like: counts, and the heap's table of START and LEN.
internal sealed partial class ArenaWorld
{
    private const int MapPieceBytes = 64 << 10;
    private const int WholePercent = 100;

    public override MemoryLook Look() => new(
        [
            new MemoryUse("ships", (long)_ships.LiveCount * _ships.Layout.StrideBytes),
            new MemoryUse("shots", (long)_shots.LiveBytes),
            new MemoryUse("particles", (long)_particles.LiveBytes),
            new MemoryUse("pickups", (long)_pickups.LiveBytes),
            new MemoryUse("data", (long)_data.LiveBytes),
            new MemoryUse("scratch", (long)_scratch.PeakUsedBytes),
        ],
        HeapMap());

    private unsafe List<int> HeapMap()
    {
        var live = new SortedDictionary<ulong, ulong>();
        foreach (var allocation in _data.Allocations())
        {
            var start = (ulong)allocation.Address;
            var end = start + allocation.ByteCount;
            for (var piece = start / MapPieceBytes; start < end; piece++)
            {
                var pieceEnd = Math.Min(end, (piece + 1) * MapPieceBytes);
                live[piece] = live.GetValueOrDefault(piece) + pieceEnd - start;
                start = pieceEnd;
            }
        }
        return [.. live.Values.Select(static bytes => (int)(bytes * WholePercent / MapPieceBytes))];
    }
}
