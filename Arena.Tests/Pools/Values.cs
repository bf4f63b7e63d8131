using System.Runtime.InteropServices;

namespace Arena.Tests.Pools;

/// <summary>The source text's inode: 117 bytes, no alignment.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 117)]
internal struct Inode
{
    public int Number;
}

/// <summary>64 bytes, one cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct Line64
{
    public long First;
    public long Second;
}

[StructLayout(LayoutKind.Sequential, Size = 4096)]
internal struct Page4096
{
    public long First;
}

[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct Bytes256
{
    public long First;
}

internal record struct Pair(byte Small, double Large);
