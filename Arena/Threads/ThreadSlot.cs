using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// What a thread remembers of the allocators that many threads share: 64 entries, each the number of an allocator and
/// a value of its choice. Another allocator with the same entry takes it over, and the former owner asks again.
/// </summary>
/// <remarks>
/// Finding one's entry is a load from the thread's own storage and a compare. The JIT hoists the load out of loops. A
/// thread that has remembered nothing yet finds entries of nobody, so that nothing else has to be asked.
/// </remarks>
internal unsafe struct ThreadSlot
{
    /// <summary>No allocator's number, and in no entry.</summary>
    public const ulong Nobody = ulong.MaxValue;

    private const int Count = 64;

    // All zero, which is nobody's number. Lives as long as the process.
    private static readonly nuint Empty = (nuint)NativeMemory.AllocZeroed(Count, (nuint)sizeof(ThreadSlot));

    private static long _lastNumber;

    // How far behind the empty entries the thread's own lie. A number, not a reference: the runtime reaches those of a
    // thread with fewer steps.
    [ThreadStatic]
    private static nuint _distance;

    // Keeps the memory as long as the thread.
    [ThreadStatic]
    private static ThreadSlot[]? _slots;

    /// <summary>Whose value it is; 0 before it was used.</summary>
    public ulong Number;

    /// <summary>For the calling thread.</summary>
    public nuint Value;

    /// <summary>A number that no allocator of the process had before: its bits are the place of its entry.</summary>
    public static ulong NextNumber() => (ulong)Interlocked.Add(ref _lastNumber, sizeof(ThreadSlot));

    /// <summary>To read: where the calling thread keeps the value of an allocator, if it is still there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreadSlot* Of(ulong number) =>
        (ThreadSlot*)unchecked(Empty + _distance + ((nuint)number & (nuint)((Count - 1) * sizeof(ThreadSlot))));

    /// <summary>The calling thread keeps a value of an allocator.</summary>
    public static void Remember(ulong number, nuint value)
    {
        if (_slots is null)
            MakeOwn();
        *Of(number) = new ThreadSlot { Number = number, Value = value };
    }

    private static void MakeOwn()
    {
        _slots = GC.AllocateArray<ThreadSlot>(Count, pinned: true);
        _distance = unchecked((nuint)Unsafe.AsPointer(ref _slots[0]) - Empty);
    }
}
