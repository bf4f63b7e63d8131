using System.Diagnostics;
using System.Runtime.InteropServices;
using Arena;
using Arena.Pools;

namespace GameLoop.Levels;

/// <summary>
/// Handles for assets and pointers for shots, compacted each frame or only trimmed at the end of a level.
/// </summary>
internal sealed unsafe class ArenaLevel : LevelMemory
{
    // For both, once a frame.
    private static readonly TimeSpan Budget = TimeSpan.FromMicroseconds(200);

    private readonly bool _compacts;
    private readonly PageArena _arena;
    private readonly RelocatableHeap _heap;
    private readonly Pool<Shot> _pool;
    private readonly List<RelocatableHandle> _assets = [];
    private readonly List<nint> _shots = [];

    public ArenaLevel(bool compacts)
    {
        _compacts = compacts;
        _arena = new PageArena(new PageArenaOptions
        {
            Name = "level",
            SharePages = compacts && OperatingSystem.IsLinux(),
        })
        {
            IgnoreLeaks = true,
        };
        _heap = new RelocatableHeap(_arena, "assets");
        _pool = new Pool<Shot>(_arena, new PoolOptions { Name = "shots" });
    }

    public override string Name => _compacts ? "arena, compacted" : "arena, trimmed";

    public override bool HasFrameWork => _compacts;

    public override long CommittedBytes => (long)_arena.CommittedBytes;

    public override int AssetCount => _assets.Count;

    public override int ShotCount => _shots.Count;

    public override void AddAsset(int byteCount, byte mark)
    {
        var handle = _heap.Allocate((nuint)byteCount);
        Fill(_heap.Span(handle), mark);
        _assets.Add(handle);
        LiveBytes += byteCount;
    }

    public override void RemoveAsset(int index)
    {
        LiveBytes -= (long)_heap.ByteCount(_assets[index]);
        _heap.Free(_assets[index]);
        RemoveAt(_assets, index);
    }

    public override int ReadAsset(int index) => Read(_heap.Span(_assets[index]));

    public override void AddShot(long value)
    {
        var shot = _pool.Allocate();
        shot->Value = value;
        _shots.Add((nint)shot);
        LiveBytes += sizeof(Shot);
    }

    public override void RemoveShot(int index)
    {
        _pool.Free((Shot*)_shots[index]);
        RemoveAt(_shots, index);
        LiveBytes -= sizeof(Shot);
    }

    public override long ReadShot(int index) => ((Shot*)_shots[index])->Value;

    public override void EndLevel()
    {
        _pool.Trim();
        _heap.Trim();
    }

    public override void EndFrame()
    {
        if (!_compacts)
            return;
        var start = Stopwatch.GetTimestamp();
        _heap.CompactStep(Budget);
        var left = Budget - Stopwatch.GetElapsedTime(start);
        if (OperatingSystem.IsLinux() && left > TimeSpan.Zero)
            _pool.CompactStep(left);
    }

    public override void Dispose() => _arena.Dispose();

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Shot
    {
        public long Value;
    }
}
