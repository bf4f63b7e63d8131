namespace GameLoop.Levels;

/// <summary>The memory of a level: assets of any size, and shots of 64 bytes.</summary>
internal abstract class LevelMemory : IDisposable
{
    public abstract string Name { get; }

    /// <summary>Bytes that the program asked for and has not freed.</summary>
    public long LiveBytes { get; protected set; }

    /// <summary>Bytes of storage that are held for them.</summary>
    public abstract long CommittedBytes { get; }

    public abstract int AssetCount { get; }

    public abstract int ShotCount { get; }

    public abstract void AddAsset(int byteCount, byte mark);

    /// <summary>Frees an asset; the last one takes its place.</summary>
    public abstract void RemoveAsset(int index);

    /// <summary>Reads an asset: the mark, if it is whole.</summary>
    public abstract int ReadAsset(int index);

    public abstract void AddShot(long value);

    /// <summary>Frees a shot; the last one takes its place.</summary>
    public abstract void RemoveShot(int index);

    public abstract long ReadShot(int index);

    /// <summary>The level has ended: gives back what can be given back at once.</summary>
    public abstract void EndLevel();

    /// <summary>True if <see cref="EndFrame"/> does something.</summary>
    public virtual bool HasFrameWork => false;

    /// <summary>Does the work at the end of each frame.</summary>
    public abstract void EndFrame();

    public abstract void Dispose();

    /// <summary>The first and the last byte of an asset are its mark.</summary>
    protected static void Fill(Span<byte> asset, byte mark) => asset.Fill(mark);

    protected static int Read(ReadOnlySpan<byte> asset) => asset[0] == asset[^1] ? asset[0] : -1;

    protected static void RemoveAt<T>(List<T> list, int index)
    {
        list[index] = list[^1];
        list.RemoveAt(list.Count - 1);
    }
}
