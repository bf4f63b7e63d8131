using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>What all pools share, whatever their type.</summary>
internal static unsafe class PoolConstants
{
    /// <summary>An address that is nobody's slot and that no caller knows. Lives as long as the process.</summary>
    public static readonly void* NoSlot = NativeMemory.AllocZeroed(1);

    /// <summary>A word of no slab, without a free slot. Lives as long as the process.</summary>
    public static readonly ulong* NoWord = (ulong*)NativeMemory.AllocZeroed(sizeof(ulong));
}
