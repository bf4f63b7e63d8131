using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Many allocations in one call. The thread's part and the size class are found once.
public sealed unsafe partial class SharedHeap
{
    // A thread that gives addresses back waits for a visit, though not for long.
    private const int MostWithinVisit = 256;

    /// <summary>Allocates many blocks of one size, one for each element; fewer only when out of memory.</summary>
    /// <inheritdoc cref="Heap.AllocateRange"/>
    public int AllocateRange(
        nuint byteCount, Span<nint> addresses,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ThrowIfDisposed();
        return AllocateRange(byteCount, Align.Default, addresses, file, line, member);
    }

    /// <summary>Frees many allocations, whichever threads made them. Null elements are skipped.</summary>
    /// <inheritdoc cref="Heap.FreeRange"/>
    public void FreeRange(ReadOnlySpan<nint> addresses)
    {
        ThrowIfDisposed();
        CountEntry();
        for (var i = 0; i < addresses.Length;)
        {
            i += PutRange(addresses[i..]);
            var others = FreeOthers(addresses[i..]);
            i += others;
            if (others != 0 || i == addresses.Length)
                continue;
            try
            {
                FreeFrom(FindOwnFast(), unchecked((void*)addresses[i]), "", 0, nameof(FreeRange));
            }
            catch (InvalidFreeException failure)
            {
                throw failure.At(i);
            }
            i++;
        }
    }

    /// <summary>Allocates a range at an alignment that the size class has.</summary>
    internal int AllocateRange(
        nuint byteCount, nuint alignment, Span<nint> addresses, string file, int line, string member)
    {
        CountEntry();
        for (var i = 0; i < addresses.Length;)
        {
            var taken = TakeRange(byteCount, addresses[i..]);
            i += taken;
            if (taken != 0)
                continue;
            if (!TryAllocateSlowly(byteCount, alignment, out var address, file, line, member))
                return i;
            addresses[i++] = (nint)address;
        }
        return addresses.Length;
    }

    private int TakeRange(nuint byteCount, Span<nint> addresses)
    {
        if (byteCount > SizeClasses.LargestBytes || addresses.Length < ThreadHeap.FewestInRange)
            return 0;
        // A thread makes its part by an allocation of one place.
        if (FindOwn() is not { } own)
            return 0;
        using var call = new OwnerCall(own);
        return (Volatile.Read(ref own.Fast->Signals) & ~FastPath.Pending) == 0
            ? own.TakeRange<ManyThreads>(SizeClasses.ClassOf(byteCount), addresses)
            : 0;
    }

    // Frees places of other threads, up to the first that is not one, or that has to be refused.
    private int FreeOthers(ReadOnlySpan<nint> addresses)
    {
        if (addresses.IsEmpty || (IsObserved && !IsSampledByGuard))
            return 0;
        var own = FastPath.SignalsOf(FindOwnFast());
        using var visit = new SegmentVisit(_blocks!.NumberOfVisits);
        return _blocks.FreeRange(addresses[..Math.Min(addresses.Length, MostWithinVisit)], own);
    }

    private int PutInOwn(ReadOnlySpan<nint> addresses)
    {
        if (FindOwn() is not { } own)
            return 0;
        using var call = new OwnerCall(own);
        return own.PutRange<ManyThreads>(addresses);
    }

    private int PutRange(ReadOnlySpan<nint> addresses)
    {
        if (addresses.Length >= ThreadHeap.FewestInRange)
            return PutInOwn(addresses);
        var fast = FindOwnFast();
        var count = 0;
        while (count < addresses.Length && FastPath.TryFree<ManyThreads>(fast, unchecked((void*)addresses[count])))
            count++;
        return count;
    }
}
