using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>What all pools share, whatever their type.</summary>
internal static unsafe class PoolConstants
{
    /// <summary>A word of zero at an address that is nobody's slot. Lives as long as the process.</summary>
    public static readonly ulong* EmptyWord = (ulong*)NativeMemory.AllocZeroed(sizeof(ulong));

    /// <summary>Magazines without an entry, for a heap that is gone. Lives as long as the process.</summary>
    public static readonly byte* EmptyMagazines = (byte*)NativeMemory.AllocZeroed(1 << 16);
}
