using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GameLoop.Levels;

/// <summary>Objects, which the collector compacts: here in full when a level ends.</summary>
internal sealed class GcLevel : LevelMemory
{
    private const int ShotBytes = 64;

    private readonly long _before = GC.GetGCMemoryInfo().TotalCommittedBytes;
    private readonly List<byte[]> _assets = [];
    private readonly List<Shot> _shots = [];

    public override string Name => "gc";

    public override long CommittedBytes =>
        Math.Max(LiveBytes, GC.GetGCMemoryInfo().TotalCommittedBytes - _before);

    public override int AssetCount => _assets.Count;

    public override int ShotCount => _shots.Count;

    public override void AddAsset(int byteCount, byte mark)
    {
        var asset = new byte[byteCount];
        Fill(asset, mark);
        _assets.Add(asset);
        LiveBytes += byteCount;
    }

    public override void RemoveAsset(int index)
    {
        LiveBytes -= _assets[index].Length;
        RemoveAt(_assets, index);
    }

    public override int ReadAsset(int index) => Read(_assets[index]);

    public override void AddShot(long value)
    {
        _shots.Add(new Shot { Value = value });
        LiveBytes += ShotBytes;
    }

    public override void RemoveShot(int index)
    {
        RemoveAt(_shots, index);
        LiveBytes -= ShotBytes;
    }

    public override long ReadShot(int index) => _shots[index].Value;

    public override void EndLevel() =>
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    public override void EndFrame()
    {
    }

    public override void Dispose()
    {
        _assets.Clear();
        _shots.Clear();
    }

    // With header and type 64 bytes, as the others.
    [StructLayout(LayoutKind.Sequential)]
    private sealed class Shot
    {
        public long Value;
        public Rest Rest;
    }

    [InlineArray(5)]
    private struct Rest
    {
        public long First;
    }
}
