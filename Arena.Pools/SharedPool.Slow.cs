using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The first slot of a thread, empty magazines, a maximum, and options.
public sealed unsafe partial class SharedPool<T>
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal T* AllocateSlowly(string file, int line, string member)
    {
        if (!TryCount())
            Throw.OutOfMemory(_heap, (nuint)sizeof(T), NoMore);
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
    internal void* TryPop(LocalHeap local) => _goesSlowly ? null : local.TryPop(_sizeClass);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Free(LocalHeap local, T* slot)
    {
        local.Free(slot);
        if (_goesSlowly)
            Uncount(slot);
    }

    private string NoMore =>
        $"all {_options.MaximumSlots} slots of its maximum are live; raise PoolOptions.MaximumSlots";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAllocateSlowly(out T* slot, string file, int line, string member)
    {
        slot = null;
        if (!TryCount())
        {
            _heap.ThrowIfDisposed();
            return false;
        }
        if (_heap.TryAllocate(_strideBytes, _alignment, out var address, file, line, member))
            slot = (T*)address;
        else
            Uncount();
        return slot != null;
    }

    // Only a pool with a maximum counts, with an atomic instruction a call: nobody knows how many others have.
    private bool TryCount()
    {
        if (_options.MaximumSlots == 0 || Interlocked.Increment(ref _countedSlots) <= _options.MaximumSlots)
            return true;
        Uncount();
        return false;
    }

    private void Uncount(void* freed)
    {
        if (freed != null)
            Uncount();
    }

    private void Uncount()
    {
        if (_options.MaximumSlots != 0)
            Interlocked.Decrement(ref _countedSlots);
    }

    private static void Check(PoolOptions o)
    {
        Require(o.Alignment >= 0 && (o.Alignment & (o.Alignment - 1)) == 0 && o.Alignment <= MaximumAlignment,
            o, nameof(o.Alignment), o.Alignment, $"0 or a power of two up to {MaximumAlignment}");
        Require(o.InitialSlots >= 0, o, nameof(o.InitialSlots), o.InitialSlots, "0 or more");
        Require(o.MaximumSlots >= 0, o, nameof(o.MaximumSlots), o.MaximumSlots, "0 (none) or more");
        Require(o.MaximumSlots == 0 || o.InitialSlots <= o.MaximumSlots, o, nameof(o.InitialSlots), o.InitialSlots,
            $"at most MaximumSlots, {o.MaximumSlots}");
    }

    private static void Require(bool holds, PoolOptions options, string option, int value, string remedy)
    {
        if (holds)
            return;
        var label = $"shared pool '{options.Name ?? typeof(T).Name}'";
        throw new ArgumentException($"{label}: PoolOptions.{option} is {value}; give {remedy}.", option);
    }

    // A segment of the heap is a slab of the pool; the largest elements are a block each.
    private SlotLayout LayOut()
    {
        var stride = (int)_strideBytes;
        if (stride > SizeClasses.LargestBytes)
            return SlotLayout.Of(sizeof(T), stride, stride, 0, 1);
        var isSlot = stride <= SizeClasses.LargestSlotBytes;
        var part = isSlot ? Segment.SlabGranules((int)_sizeClass) * Segment.GranuleBytes : stride;
        var slab = (int)_heap.SegmentBytes;
        var header = Segment.HeaderPagesOf(isShared: true) * Segment.PageBytes;
        return SlotLayout.Of(sizeof(T), stride, slab, header, (slab - header) / part * (part / stride));
    }
}
