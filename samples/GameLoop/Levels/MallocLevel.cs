using System.Runtime.InteropServices;

namespace GameLoop.Levels;

/// <summary>The C library's allocator. Its memory is measured by the growth of the process.</summary>
internal sealed unsafe class MallocLevel : LevelMemory
{
    private const int ShotBytes = 64;

    private readonly long _before = Environment.WorkingSet;
    private readonly List<(nint Address, int ByteCount)> _assets = [];
    private readonly List<nint> _shots = [];

    public override string Name => "malloc";

    public override long CommittedBytes => Math.Max(LiveBytes, Environment.WorkingSet - _before);

    public override int AssetCount => _assets.Count;

    public override int ShotCount => _shots.Count;

    public override void AddAsset(int byteCount, byte mark)
    {
        var address = NativeMemory.Alloc((nuint)byteCount);
        Fill(new Span<byte>(address, byteCount), mark);
        _assets.Add(((nint)address, byteCount));
        LiveBytes += byteCount;
    }

    public override void RemoveAsset(int index)
    {
        LiveBytes -= _assets[index].ByteCount;
        NativeMemory.Free((void*)_assets[index].Address);
        RemoveAt(_assets, index);
    }

    public override int ReadAsset(int index) =>
        Read(new ReadOnlySpan<byte>((void*)_assets[index].Address, _assets[index].ByteCount));

    public override void AddShot(long value)
    {
        var shot = (long*)NativeMemory.Alloc(ShotBytes);
        *shot = value;
        _shots.Add((nint)shot);
        LiveBytes += ShotBytes;
    }

    public override void RemoveShot(int index)
    {
        NativeMemory.Free((void*)_shots[index]);
        RemoveAt(_shots, index);
        LiveBytes -= ShotBytes;
    }

    public override long ReadShot(int index) => *(long*)_shots[index];

    public override void EndLevel()
    {
    }

    public override void EndFrame()
    {
    }

    public override void Dispose()
    {
        while (_assets.Count > 0)
            RemoveAsset(_assets.Count - 1);
        while (_shots.Count > 0)
            RemoveShot(_shots.Count - 1);
    }
}
