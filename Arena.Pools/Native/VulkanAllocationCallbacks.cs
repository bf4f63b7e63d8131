using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// <c>VkAllocationCallbacks</c>, for 64-bit processes, field for field; Silk.NET's <c>AllocationCallbacks</c> is
/// <c>Unsafe.BitCast&lt;VulkanAllocationCallbacks, AllocationCallbacks&gt;(...)</c> of it.
/// <code>
/// |0 user data |8 allocate |16 reallocate |24 free |32 internal allocation |40 internal free |48
/// </code>
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct VulkanAllocationCallbacks
{
    internal VulkanAllocationCallbacks(
        void* userData,
        delegate* unmanaged[Cdecl]<void*, nuint, nuint, int, void*> allocation,
        delegate* unmanaged[Cdecl]<void*, void*, nuint, nuint, int, void*> reallocation,
        delegate* unmanaged[Cdecl]<void*, void*, void> free,
        delegate* unmanaged[Cdecl]<void*, nuint, int, int, void> internalAllocation,
        delegate* unmanaged[Cdecl]<void*, nuint, int, int, void> internalFree)
    {
        UserData = userData;
        Allocation = allocation;
        Reallocation = reallocation;
        Free = free;
        InternalAllocation = internalAllocation;
        InternalFree = internalFree;
    }

    /// <summary><c>pUserData</c></summary>
    public void* UserData { get; }

    /// <summary><c>pfnAllocation(userData, byteCount, alignment, scope)</c></summary>
    public delegate* unmanaged[Cdecl]<void*, nuint, nuint, int, void*> Allocation { get; }

    /// <summary><c>pfnReallocation(userData, original, byteCount, alignment, scope)</c></summary>
    public delegate* unmanaged[Cdecl]<void*, void*, nuint, nuint, int, void*> Reallocation { get; }

    /// <summary><c>pfnFree(userData, memory)</c></summary>
    public delegate* unmanaged[Cdecl]<void*, void*, void> Free { get; }

    /// <summary><c>pfnInternalAllocation(userData, byteCount, type, scope)</c></summary>
    public delegate* unmanaged[Cdecl]<void*, nuint, int, int, void> InternalAllocation { get; }

    /// <summary><c>pfnInternalFree(userData, byteCount, type, scope)</c></summary>
    public delegate* unmanaged[Cdecl]<void*, nuint, int, int, void> InternalFree { get; }
}
