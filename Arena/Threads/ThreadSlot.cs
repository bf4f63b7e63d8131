using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// What a thread remembers of the allocators that many threads share: 64 entries, each the number of an allocator and
/// a value of its choice. Another allocator with the same entry takes it over, and the former owner asks again.
/// </summary>
/// <remarks>
/// Finding one's entry is a load from the thread's own storage and a compare. The JIT hoists the load out of loops.
/// </remarks>
internal unsafe struct ThreadSlot
{
    /// <summary>No allocator's number, and in no entry.</summary>
    public const ulong Nobody = ulong.MaxValue;

    private const int Count = 64;

    private static long _lastNumber;

    // A number, not a reference: the runtime reaches those of a thread with fewer steps.
    [ThreadStatic]
    private static nuint _first;

    // Keeps the memory as long as the thread.
    [ThreadStatic]
    private static ThreadSlot[]? _slots;

    /// <summary>Whose value it is; 0 before it was used.</summary>
    public ulong Number;

    /// <summary>For the calling thread.</summary>
    public nuint Value;

    /// <summary>A number that no allocator of the process had before.</summary>
    public static ulong NextNumber() => (ulong)Interlocked.Increment(ref _lastNumber);

    /// <summary>The entry where the calling thread keeps the value of an allocator, if it is still there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreadSlot* Of(ulong number)
    {
        var first = (ThreadSlot*)_first;
        if (first == null)
            first = Make();
        return first + (uint)(number & (Count - 1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ThreadSlot* Make()
    {
        _slots = GC.AllocateArray<ThreadSlot>(Count, pinned: true);
        var first = (ThreadSlot*)Unsafe.AsPointer(ref _slots[0]);
        _first = (nuint)first;
        return first;
    }
}
