using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The first slot of a thread, empty magazines, and a maximum.
public sealed unsafe partial class SharedPool<T>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal T* AllocateSlowly(string file, int line, string member)
    {
        if (!TryCount())
            Throw.OutOfMemory(_heap, (nuint)sizeof(T), SlabSet.WhyFull(_options.MaximumSlots));
        try
        {
            return (T*)_heap.AllocateSlowly(_strideBytes, _alignment, file, line, member);
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
    internal void Free(LocalHeap local, T* slot)
    {
        if (_goesSlowly)
            FreeSlowly(slot);
        else
            local.Free(slot);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(T* slot)
    {
        var failure = _heap.FreeAndReport(slot);
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
            if (_heap.TryAllocate(_strideBytes, _alignment, out var address, file, line, member))
                slot = (T*)address;
        }
        finally
        {
            if (slot == null)
                Uncount();
        }
        return slot != null;
    }

    // Only a pool with a maximum counts, with an atomic instruction a call: nobody knows how many others have.
    private bool TryCount()
    {
        var maximum = _options.MaximumSlots;
        if (maximum == 0)
            return true;
        // Never above the maximum, not even for a moment: another thread would be refused while a slot is free.
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

    /// <summary>At a quiet point: what a maximum has counted is what lives. The heap recounts the rest.</summary>
    [Conditional("DEBUG")]
    private void Recount() => Debug.Assert(
        _options.MaximumSlots == 0 || _countedSlots == LiveCount, "slots of a pool with a maximum are counted");

    // A segment of the heap is a slab of the pool; the largest elements are a block each.
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
