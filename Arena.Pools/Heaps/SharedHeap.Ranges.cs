using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Many allocations in one call: the thread's part and the size class are found once.
public sealed unsafe partial class SharedHeap
{
    /// <summary>Allocates many times the same size, once for each element; fewer only when out of memory.</summary>
    /// <inheritdoc cref="Heap.AllocateRange"/>
    public int AllocateRange(
        nuint byteCount, Span<nint> addresses,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ThrowIfDisposed();
        CountEntry();
        var hasClass = byteCount <= SizeClasses.LargestBytes;
        var sizeClass = hasClass ? (nuint)SizeClasses.ClassOf(byteCount) : 0;
        for (var i = 0; i < addresses.Length; i++)
        {
            var slot = ThreadSlot.Of(_number);
            void* address = null;
            var popped = hasClass && slot->Number == _number
                && FastPath.TryPop<ManyThreads>((FastPath*)slot->Value, sizeClass, out address);
            if (!popped && !TryAllocateSlowly(byteCount, Align.Default, out address, file, line, member))
                return i;
            addresses[i] = (nint)address;
        }
        return addresses.Length;
    }

    /// <summary>Frees many allocations, whichever threads made them. Null elements are skipped.</summary>
    /// <inheritdoc cref="Heap.FreeRange"/>
    public void FreeRange(ReadOnlySpan<nint> addresses)
    {
        ThrowIfDisposed();
        for (var i = 0; i < addresses.Length; i++)
        {
            try
            {
                Free((void*)addresses[i]);
            }
            catch (InvalidFreeException failure)
            {
                throw failure.At(i);
            }
        }
    }
}
