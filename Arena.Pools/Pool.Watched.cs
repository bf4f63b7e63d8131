using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The fast path once more, out of line, for a pool that is watched: while Allocate and Free find nothing in the fields
// that they look at, the same state lives in fields that they do not look at. So a watched call costs little more than
// an ordinary one and the telling, and a call that a sampling observer does not want to hear of costs hardly that.
public sealed unsafe partial class Pool<T>
{
    private nuint _watchedLast = (nuint)NoSlot;
    private ulong _watchedBits;

    internal override bool AsksGate => true;

    // What happened last and the free bits of the word in use, of whichever path is open.
    private ref nuint Last => ref IsObserved ? ref _watchedLast : ref _last;

    private ref ulong Bits => ref IsObserved ? ref _watchedBits : ref _bits;

    internal override void Walk(IMemoryVisitor visitor)
    {
        ThrowIfDisposed();
        CloseFastPath();
        for (var i = 0; i < _slabs.Count; i++)
        {
            var slab = _slabs[i];
            var capacity = (nuint)_geometry.State(slab).SlotCount * _strideBytes;
            visitor.Block(new BlockPicture(
                (nuint)slab, (nuint)_geometry.Layout.SlabBytes, capacity, _strideBytes));
            for (var word = 0; word < _slabs.WordCount(slab); word++)
                ShowLive(visitor, slab, word);
        }
    }

    // Somebody begins or ceases to watch: one of the two has everything, and the other takes it.
    private void CarryOver()
    {
        var last = _last == (nuint)NoSlot ? _watchedLast : _last;
        var bits = _bits | _watchedBits;
        (_last, _watchedLast) = ((nuint)NoSlot, (nuint)NoSlot);
        (_bits, _watchedBits) = (0, 0);
        Last = last;
        Bits = bits;
    }

    // Counts an allocation that a sampling observer does not want to hear of.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsUntold() => Gate is { } gate && gate.Skips(_strideBytes);

    // The watched path has no slot ready, or the allocation is to be told.
    private void* TakeWatchedSlot(string file, int line, string member, out string? why)
    {
        ThrowIfDisposed();
        why = WhyRefused(_strideBytes);
        if (why is not null)
            return null;
        var slot = PopWatched();
        if (slot == null)
            slot = TakeFromBitmaps(out why);
        if (slot != null && (Gate is null || Gate.IsDue))
            TellAllocated(slot, _strideBytes, file, line, member);
        return slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void* PopWatched()
    {
        if (!IsAddress(_watchedLast))
        {
            _watchedLast = ~_watchedLast;
        }
        else
        {
            var bits = _watchedBits;
            if (bits == 0)
                return null;
            _watchedBits = bits & (bits - 1);
            _watchedLast = (nuint)_wordBase + (LowestBit(bits) * _strideBytes);
        }
        return (void*)_watchedLast;
    }

    private void ShowLive(IMemoryVisitor visitor, byte* slab, int word)
    {
        if (_slabs.IsHole(slab, word))
            return;
        var wordBase = _geometry.WordBase(slab, word);
        var live = ~SlabGeometry.Words(slab)[word] & _slabs.FullWord(slab, word);
        for (; live != 0; live &= live - 1)
        {
            var slot = wordBase + (LowestBit(live) * _strideBytes);
            if (_listener is null || _listener.IsLive(slot))
                visitor.Live((nuint)slot, _strideBytes);
        }
    }
}
