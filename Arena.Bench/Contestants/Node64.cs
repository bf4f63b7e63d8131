using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>The 64 bytes of a small game object.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct Node64
{
    public ulong Value;
}
