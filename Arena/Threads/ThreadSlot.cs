using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// A thread's cache for allocators that many threads share: 64 entries, each with the number of an allocator and a
/// value of its choice. Another allocator with the same entry takes it over, and the former one looks its value up
/// again.
/// </summary>
/// <remarks>
/// A lookup is a load from thread-local storage and a comparison. The JIT hoists the load out of loops. A thread that
/// has remembered nothing finds entries of no allocator, so that no other check is needed.
/// </remarks>
internal unsafe struct ThreadSlot
{
    /// <summary>A number of no allocator, which is in no entry.</summary>
    public const ulong None = ulong.MaxValue;

    private const int Count = 64;

    // Entries of zeros, which are the number of no allocator. They live as long as the process.
    private static readonly nuint Empty = (nuint)NativeMemory.AllocZeroed(Count, (nuint)sizeof(ThreadSlot));

    private static long _lastNumber;

    // The distance from the empty entries to the thread's own. It is a number and not a reference, because the runtime
    // reaches a thread's numbers in fewer steps.
    [ThreadStatic]
    private static nuint _distance;

    // This keeps the memory alive as long as the thread.
    [ThreadStatic]
    private static ThreadSlot[]? _slots;

    /// <summary>The number of the value's allocator; 0 in an unused entry.</summary>
    public ulong Number;

    /// <summary>The allocator's value for the calling thread.</summary>
    public nuint Value;

    /// <summary>
    /// Returns a number that no allocator of the process had before. Its low bits are the place of its entry.
    /// </summary>
    public static ulong NextNumber() => (ulong)Interlocked.Add(ref _lastNumber, sizeof(ThreadSlot));

    /// <summary>
    /// Returns the calling thread's entry for an allocator, which may belong to another one by now; for reading only.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreadSlot* Of(ulong number) =>
        (ThreadSlot*)unchecked(Empty + _distance + ((nuint)number & (nuint)((Count - 1) * sizeof(ThreadSlot))));

    /// <summary>Stores a value of an allocator for the calling thread.</summary>
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
