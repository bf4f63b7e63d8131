using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The slow paths: a thread's first slot, empty magazines, and a maximum.
public sealed unsafe partial class SharedPool<T>
{
    /// <summary>The guard of its slots; null while there is none.</summary>
    internal AllocatorGuard? Guard => _heap.Guard;

    // A guard has to know where the element ends, and not where its place ends.
    private nuint RequestBytes => _heap.Guard is null or { KnowsSome: true } ? _strideBytes : (nuint)sizeof(T);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal T* AllocateSlowly(string file, int line, string member)
    {
        if (!TryCount())
            Throw.OutOfMemory(_heap, (nuint)sizeof(T), SlabSet.WhyFull(_options.MaximumSlots));
        try
        {
            return (T*)_heap.AllocateSlowly(RequestBytes, _alignment, file, line, member);
        }
        catch
        {
            Uncount();
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryPop(LocalHeap local, out void* slot)
    {
        slot = null;
        return !_goesSlowly && local.TryPop(_sizeClass, out slot);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Free(LocalHeap local, T* slot, string file, int line, string member)
    {
        if (_goesSlowly)
            FreeSlowly(slot, file, line, member);
        else
            local.Free(slot, file, line, member);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(T* slot, string file, int line, string member)
    {
        var failure = _heap.FreeAndReport(slot, new SourceLine(file, line, member));
        if (slot != null)
            Uncount();
        Throw.If(failure);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAllocateSlowly(out T* slot, string file, int line, string member)
    {
        slot = null;
        if (!TryCount())
        {
            _heap.ThrowIfDisposed();
            return false;
        }
        try
        {
            if (_heap.TryAllocate(RequestBytes, _alignment, out var address, file, line, member))
                slot = (T*)address;
        }
        finally
        {
            if (slot == null)
                Uncount();
        }
        return slot != null;
    }

    // Only a pool with a maximum counts, with an atomic instruction a call, because no thread knows how many slots
    // others have.
    private bool TryCount()
    {
        var maximum = _options.MaximumSlots;
        if (maximum == 0)
            return true;
        // The count never exceeds the maximum, not even for a moment: another thread would be refused while a slot is
        // free.
        var counted = Volatile.Read(ref _countedSlots);
        while (counted < maximum)
        {
            var seen = Interlocked.CompareExchange(ref _countedSlots, counted + 1, counted);
            if (seen == counted)
                return true;
            counted = seen;
        }
        return false;
    }

    private void Uncount()
    {
        if (_options.MaximumSlots != 0)
            Interlocked.Decrement(ref _countedSlots);
    }

    /// <summary>
    /// Asserts, at a quiet point, that the count for a maximum is the number of live slots. The heap recounts the rest.
    /// </summary>
    [Conditional("DEBUG")]
    private void Recount() => Debug.Assert(
        _options.MaximumSlots == 0 || _countedSlots == LiveCount, "slots of a pool with a maximum are counted");

    // Returns the layout: a segment of the heap is a slab of the pool, and the largest elements are a block each.
    private SlotLayout LayOut()
    {
        var stride = (int)_strideBytes;
        if (_heap.IsLarge(_strideBytes, _alignment))
            return SlotLayout.Of(sizeof(T), stride, stride, 0, 1);
        var isSlot = stride <= SizeClasses.LargestSlotBytes;
        var part = isSlot ? Segment.SlabGranules((int)_sizeClass) * Segment.GranuleBytes : stride;
        var slab = (int)_heap.CommittedInSegments;
        var header = Segment.HeaderPageCount(slab, isShared: true, _heap.Arena.OsPageBytes) * Segment.SlabPageBytes;
        return SlotLayout.Of(sizeof(T), stride, slab, header, (slab - header) / part * (part / stride));
    }
}
