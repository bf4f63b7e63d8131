using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>Lends a heap to a Vulkan driver, for aligned host memory that is counted by scope.</summary>
/// <remarks>
/// <para>
/// A free does not name its scope, so the scope is kept with the allocation, in the last byte that the heap granted.
/// That costs a byte, moves nothing and keeps the alignment:
/// <code>
/// | what the driver asked for | rounding | mark and scope |
/// </code>
/// If that byte has changed, the driver wrote past the end of the allocation, which is reported as a fault.
/// </para>
/// <para>
/// A driver allocates on every thread that calls Vulkan: give it a <see cref="SharedHeap"/>, or call Vulkan on one
/// thread.
/// </para>
/// </remarks>
/// <inheritdoc cref="NativeClient" path="/remarks"/>
/// <example>
/// <code>
/// using var vulkan = new VulkanCallbacks(heap);
/// var callbacks = vulkan.Callbacks;                   // for vkCreateDevice and the others
/// Console.WriteLine(vulkan.Usage(VulkanScope.Device));
/// </code>
/// </example>
public sealed unsafe class VulkanCallbacks : NativeClient
{
    private const int ScopeCount = (int)VulkanScope.Instance + 1;
    private const byte Mark = 0xA0;
    private const int ScopeMask = 0x0F;
    private const nuint HeapAlignment = 16;

    // It is changed and read under a lock on itself.
    private readonly VulkanScopeUsage[] _usage = new VulkanScopeUsage[ScopeCount];

    // Drivers report these on any thread; the heap is not touched.
    private readonly long[] _internalBytes = new long[ScopeCount];

    /// <summary>Lends a heap to a library or driver on one thread.</summary>
    /// <param name="heap">The heap that the driver's memory comes from.</param>
    /// <param name="name">The name shown in faults and to observers.</param>
    public VulkanCallbacks(Heap heap, string name = "vulkan")
        : base(heap, name)
    {
    }

    /// <summary>Lends a heap for many threads.</summary>
    /// <param name="heap">The heap that the driver's memory comes from.</param>
    /// <param name="name">The name shown in faults and to observers.</param>
    public VulkanCallbacks(SharedHeap heap, string name = "vulkan")
        : base(heap, name)
    {
    }

    /// <summary>
    /// The structure to pass as <c>pAllocator</c>, by address; the driver copies it. Objects that were created with it
    /// must be destroyed with the same one.
    /// </summary>
    public VulkanAllocationCallbacks Callbacks => new(
        UserData, &AllocationEntry, &ReallocationEntry, &FreeEntry, &InternalAllocationEntry, &InternalFreeEntry);

    /// <summary>Returns what the driver holds in a scope now; after Dispose, what it did not free.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Vulkan has no such scope.</exception>
    public VulkanScopeUsage Usage(VulkanScope scope)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)scope, (uint)VulkanScope.Instance, nameof(scope));
        lock (_usage)
        {
            return _usage[(int)scope] with
            {
                InternalBytes = unchecked((nuint)Volatile.Read(ref _internalBytes[(int)scope])),
            };
        }
    }

    private void* Allocate(nuint byteCount, nuint alignment, int scope)
    {
        var address = Take(WithMark(byteCount), alignment, "vulkan");
        return address == null ? null : Enter(address, scope);
    }

    private void* Reallocate(void* original, nuint byteCount, nuint alignment, int scope)
    {
        if (original == null)
            return Allocate(byteCount, alignment, scope);
        if (byteCount == 0)
        {
            Free(original);
            return null;
        }
        // The heap aligns an allocation that moves to 16 bytes; a larger alignment takes a new allocation.
        if (alignment > HeapAlignment)
            return Move(original, byteCount, alignment, scope);
        if (!TryLeave(original, out var oldScope))
            return null;
        var address = Resize(original, WithMark(byteCount), "vulkan");
        if (address != null)
            return Enter(address, scope);
        Enter(original, oldScope);
        return null;
    }

    private void* Move(void* original, nuint byteCount, nuint alignment, int scope)
    {
        if (!TryUsableBytes(original, out var oldBytes))
            return null;
        // Shrinking never fails: the allocation is aligned already, unless a larger alignment is requested now.
        var mayStay = byteCount < oldBytes && ((nuint)original & (alignment - 1)) == 0;
        var address = Take(WithMark(byteCount), alignment, "vulkan", isOptional: mayStay);
        if (address == null)
            return mayStay ? Stay(original, scope) : null;
        Enter(address, scope);
        Buffer.MemoryCopy(original, address, byteCount, nuint.Min(oldBytes - 1, byteCount));
        Free(original);
        return address;
    }

    private void* Stay(void* original, int scope) =>
        TryLeave(original, out _) ? Enter(original, scope) : null;

    private void Free(void* address)
    {
        if (address == null || !TryLeave(address, out _))
            return;
        Give(address);
    }

    // Records the scope, in the last byte and in the sums.
    private void* Enter(void* address, int scope)
    {
        if ((uint)scope >= ScopeCount)
        {
            Fault(new ArgumentException($"'{Name}' allocated in scope {scope}; counted as Object.", nameof(scope)));
            scope = (int)VulkanScope.Object;
        }
        var byteCount = UsableBytes(address);
        ((byte*)address)[byteCount - 1] = (byte)(Mark | scope);
        lock (_usage)
        {
            ref var usage = ref _usage[scope];
            usage = usage with { LiveCount = usage.LiveCount + 1, LiveBytes = usage.LiveBytes + byteCount };
        }
        return address;
    }

    // Takes an allocation out of the sums. Returns false, and reports a fault, for a dead allocation or the wrong
    // thread.
    private bool TryLeave(void* address, out int scope)
    {
        scope = 0;
        if (!TryUsableBytes(address, out var byteCount))
            return false;
        var last = ((byte*)address)[byteCount - 1];
        scope = last & ScopeMask;
        if ((last & ~ScopeMask) != Mark || scope >= ScopeCount)
        {
            scope = (int)VulkanScope.Object;
            Fault(new InvalidOperationException(
                $"'{Name}' wrote past the end of 0x{(nuint)address:x}, {byteCount - 1} bytes long; "
                + "its scope is lost, the sums by scope keep it."));
            return true;
        }
        lock (_usage)
        {
            ref var usage = ref _usage[scope];
            usage = usage with { LiveCount = usage.LiveCount - 1, LiveBytes = usage.LiveBytes - byteCount };
        }
        return true;
    }

    private void CountInternal(long byteCount, int scope)
    {
        if ((uint)scope < ScopeCount)
            Interlocked.Add(ref _internalBytes[scope], byteCount);
    }

    private static nuint WithMark(nuint byteCount) => byteCount == nuint.MaxValue ? byteCount : byteCount + 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* AllocationEntry(void* userData, nuint byteCount, nuint alignment, int scope) =>
        NativeClients.Find<VulkanCallbacks>(userData) is { } client
            ? client.Allocate(byteCount, alignment, scope)
            : null;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* ReallocationEntry(
        void* userData, void* original, nuint byteCount, nuint alignment, int scope) =>
        NativeClients.Find<VulkanCallbacks>(userData) is { } client
            ? client.Reallocate(original, byteCount, alignment, scope)
            : null;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeEntry(void* userData, void* address) =>
        NativeClients.Find<VulkanCallbacks>(userData)?.Free(address);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void InternalAllocationEntry(void* userData, nuint byteCount, int type, int scope) =>
        NativeClients.Find<VulkanCallbacks>(userData)?.CountInternal(unchecked((long)byteCount), scope);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void InternalFreeEntry(void* userData, nuint byteCount, int type, int scope) =>
        NativeClients.Find<VulkanCallbacks>(userData)?.CountInternal(unchecked(-(long)byteCount), scope);
}
