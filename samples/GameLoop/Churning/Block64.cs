using System.Runtime.CompilerServices;

namespace GameLoop.Churning;

/// <summary>64 bytes.</summary>
[InlineArray(8)]
internal struct Block64
{
    public ulong First;
}
