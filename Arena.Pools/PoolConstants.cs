using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>What all pools share, whatever their type.</summary>
internal static unsafe class PoolConstants
{
    /// <summary>A word of zero at an address that is nobody's slot. Lives as long as the process.</summary>
    public static readonly ulong* EmptyWord = (ulong*)NativeMemory.AllocZeroed(sizeof(ulong));
}
