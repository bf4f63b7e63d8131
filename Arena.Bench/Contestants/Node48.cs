using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>48 bytes: a stride that is not a power of two.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
internal struct Node48
{
    public ulong Value;
}
