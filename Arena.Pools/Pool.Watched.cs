using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The fast path once more, out of line, for a pool that is watched: while Allocate and Free find nothing in the fields
// that they look at, the same state lives in fields that they do not look at. So a watched call costs little more than
// an ordinary one and the telling, and a call that a sampling observer does not want to hear of costs hardly that.
public sealed unsafe partial class Pool<T>
{
    private WatchedPath _watched = new();

    internal override bool AsksGate => true;

    // Counts an allocation that a sampling observer does not want to hear of.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsUntold() => Gate is { } gate && gate.Skips((nuint)_geometry.Layout.StrideBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* TakeWatched()
    {
        byte* slot;
        if (IsComplement(_watched.Last))
        {
            slot = (byte*)~_watched.Last;
        }
        else
        {
            var free = *_watched.Word;
            if (free == 0)
                return null;
            *_watched.Word = free & (free - 1);
            slot = _watched.WordBase
                + (nuint)(uint)BitOperations.TrailingZeroCount(free) * (uint)_geometry.Layout.StrideBytes;
        }
        _watched.Last = (nuint)slot;
        return (T*)slot;
    }

    // The watched path has no slot ready, or the allocation is to be told.
    private T* TakeSlot(string file, int line, string member, out string? why)
    {
        var stride = (nuint)_geometry.Layout.StrideBytes;
        why = WhyRefused(stride);
        if (why is not null)
            return null;
        var slot = TakeWatched();
        if (slot == null)
            slot = (T*)TakeSlot(out why);
        if (slot != null && (Gate is null || Gate.IsDue))
            TellAllocated(slot, stride, file, line, member);
        return slot;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeTold(void* slot)
    {
        if (slot == null)
            return;
        var index = (nuint)slot == _watched.Last ? _geometry.IndexOf(slot) : IndexOfLive(slot);
        TellFreed(slot, (nuint)_geometry.Layout.StrideBytes);
        Put(slot, index);
    }

    // Throws where the slot is not live.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint IndexOfLive(void* slot)
    {
        var granule = unchecked((nuint)slot - (nuint)_arenaBase) >> PageMap.OwnerGranuleShift;
        if (granule >= _granules || _owners[granule] != OwnerToken)
            ThrowForeign(slot);
        var index = _geometry.IndexOf(slot);
        if (index >= (uint)_geometry.SlotCount)
            ThrowNoSlot(slot);
        var word = (ulong*)_geometry.SlabOf(slot) + (index >> 6);
        if ((*word & 1UL << (int)index) != 0 || ~(nuint)slot == _watched.Last)
            ThrowNotLive(slot);
        return index;
    }

    // A freed slot becomes the hot one, or its bit is set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(void* slot, uint index)
    {
        if (!IsComplement(_watched.Last))
        {
            _watched.Last = ~(nuint)slot;
            return;
        }
        var word = (ulong*)_geometry.SlabOf(slot) + (index >> 6);
        var bit = 1UL << (int)index;
        var free = *word | bit;
        *word = free;
        if (free == bit || free == _geometry.FullWord((int)(index >> 6)))
            WordChanged(word);
    }

    internal override void Walk(IMemoryVisitor visitor)
    {
        ThrowIfDisposed();
        LeaveFastPath();
        var capacity = (nuint)_geometry.SlotCount * (nuint)_geometry.Layout.StrideBytes;
        for (var i = 0; i < _slabs.Count; i++)
        {
            var slab = (nuint)_slabs[i];
            visitor.Block(new BlockPicture(
                slab, (nuint)_geometry.Layout.SlabBytes, capacity, (nuint)_geometry.Layout.StrideBytes));
            for (var word = 0; word < _geometry.WordCount; word++)
                ShowLive(visitor, _slabs[i], word);
        }
    }

    private void ShowLive(IMemoryVisitor visitor, byte* slab, int word)
    {
        var stride = (nuint)_geometry.Layout.StrideBytes;
        var wordBase = _geometry.WordBase(slab, word);
        var live = ~SlabGeometry.Words(slab)[word] & _geometry.FullWord(word);
        for (; live != 0; live &= live - 1)
        {
            var slot = wordBase + (nuint)BitOperations.TrailingZeroCount(live) * stride;
            if (_listener is null || _listener.IsLive(slot))
                visitor.Live((nuint)slot, stride);
        }
    }

    /// <summary>What <c>_last</c>, <c>_word</c> and <c>_wordBase</c> are while nobody watches.</summary>
    private struct WatchedPath()
    {
        public nuint Last = (nuint)NoSlot;
        public ulong* Word = EmptyWord;
        public byte* WordBase = null;

        public readonly void* Hot => IsComplement(Last) ? (void*)~Last : null;
    }
}
