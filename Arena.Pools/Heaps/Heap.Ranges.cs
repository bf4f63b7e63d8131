using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Many allocations in one call. The size class is found once, and slots come straight from their slabs and go back.
public sealed unsafe partial class Heap
{
    /// <summary>Allocates many blocks of one size, one for each element; fewer only when out of memory.</summary>
    /// <param name="byteCount">The bytes of each; 0 is valid and gives unique addresses.</param>
    /// <param name="addresses">Receives the allocations, aligned to 16 bytes, in an unspecified order.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>
    /// The number of allocations made. They are the first elements of the range; the others are unchanged.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public int AllocateRange(
        nuint byteCount, Span<nint> addresses,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ThrowIfDisposed();
        for (var i = 0; i < addresses.Length;)
        {
            var taken = TakeRange(byteCount, addresses[i..]);
            i += taken;
            if (taken != 0)
                continue;
            // The size is an extent, an observer is attached, or no memory is left.
            if (!TryAllocate(byteCount, Align.Default, out var address, file, line, member))
                return i;
            addresses[i++] = (nint)address;
        }
        return addresses.Length;
    }

    /// <summary>Frees many allocations, of any sizes. Null elements are skipped.</summary>
    /// <param name="addresses">Live allocations of this heap, each only once.</param>
    /// <exception cref="InvalidFreeException">
    /// An element is not one; <see cref="InvalidFreeException.Index"/> is its position. The elements before it were
    /// freed, the others were not.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public void FreeRange(ReadOnlySpan<nint> addresses)
    {
        ThrowIfDisposed();
        for (var i = 0; i < addresses.Length; i++)
        {
            i += PutRange(addresses[i..]);
            if (i == addresses.Length)
                return;
            try
            {
                FreeSlowly(unchecked((void*)addresses[i]), "", 0, nameof(FreeRange));
            }
            catch (InvalidFreeException failure)
            {
                throw failure.At(i);
            }
        }
    }

    /// <summary>Frees everything at once and keeps the pages, until <see cref="Trim"/>.</summary>
    /// <remarks>It takes a few nanoseconds for each live allocation. Observers are notified once.</remarks>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public void Clear()
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            var failure = NotifyCleared();
            var caller = new SourceLine("", 0, nameof(Clear));
            foreach (var allocation in Allocations())
                failure = FreeInClear(allocation.Address, in caller) ?? failure;
            Throw.If(failure);
        }
        finally
        {
            Leave();
        }
    }

    private int TakeRange(nuint byteCount, Span<nint> addresses)
    {
        if (byteCount > SizeClasses.LargestBytes || addresses.Length < ThreadHeap.FewestInRange)
            return 0;
        Enter();
        try
        {
            return _fast != _threadHeap!.Fast
                ? 0
                : _threadHeap.TakeRange<OneThread>(SizeClasses.ClassOf(byteCount), addresses);
        }
        finally
        {
            Leave();
        }
    }

    private int PutRange(ReadOnlySpan<nint> addresses)
    {
        if (addresses.Length < ThreadHeap.FewestInRange)
            return PutSingly(addresses);
        Enter();
        try
        {
            return _fastOfFree == FastPath.Gone ? 0 : _threadHeap!.PutRange<OneThread>(addresses);
        }
        finally
        {
            Leave();
        }
    }

    private int PutSingly(ReadOnlySpan<nint> addresses)
    {
        var count = 0;
        while (count < addresses.Length && FastPath.TryFree<OneThread>(_fastOfFree, unchecked((void*)addresses[count])))
            count++;
        return count;
    }
}
