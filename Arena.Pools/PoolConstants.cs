using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>Constants that all pools share, whatever their type.</summary>
internal static unsafe class PoolConstants
{
    /// <summary>An address that is no slot and that no caller knows. It lives as long as the process.</summary>
    public static readonly void* NoSlot = NativeMemory.AllocZeroed(1);

    /// <summary>A word of no slab, without a free slot. It lives as long as the process.</summary>
    public static readonly ulong* NoWord = (ulong*)NativeMemory.AllocZeroed(sizeof(ulong));
}
