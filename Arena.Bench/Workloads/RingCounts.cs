using System.Runtime.InteropServices;

namespace Arena.Bench.Workloads;

/// <summary>Two counters that never share a line, nor a pair of lines that a core prefetches together.</summary>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct RingCounts
{
    [FieldOffset(128)]
    public long Written;

    [FieldOffset(256)]
    public long Taken;
}
