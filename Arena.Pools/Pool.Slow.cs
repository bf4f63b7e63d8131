using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

// What the fast path leaves undone: words, slabs, observers, and every way to be called wrongly.
public sealed unsafe partial class Pool<T>
{
    internal override void ObserversChanged()
    {
        LeaveFastPath();
        EnterFastPath();
    }

    internal override LiveTotals CountLive()
    {
        var liveCount = IsDisposed ? 0 : LiveCount;
        return new LiveTotals(liveCount, (nuint)liveCount * (nuint)Layout.StrideBytes);
    }

    internal override LeakNotice? FindLeaks()
    {
        _listener?.Closing();
        LeaveFastPath();
        var liveCount = LiveCount;
        if (liveCount == 0)
            return null;
        List<nuint> addresses = [];
        foreach (ref var value in this)
        {
            addresses.Add((nuint)Unsafe.AsPointer(ref value));
            if (addresses.Count == LeakNotice.MaximumAddresses)
                break;
        }
        return Notice(liveCount, (nuint)liveCount * (nuint)Layout.StrideBytes, addresses);
    }

    internal override void Close()
    {
        _last = (nuint)NoSlot;
        _word = EmptyWord;
        _watched = new WatchedPath();
        _granules = 0;
        _token = NoToken;
        while (_slabs.Count > 0)
            _slabs.Remove(_slabs[_slabs.Count - 1], decommit: false);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T* AllocateSlowly(string file, int line, string member)
    {
        var slot = IsUntold() ? TakeWatched() : null;
        return slot != null ? slot : AllocateOrThrow(file, line, member);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T* AllocateOrThrow(string file, int line, string member)
    {
        var slot = TakeSlot(file, line, member, out var why);
        if (slot == null)
            Throw.OutOfMemory(this, (nuint)sizeof(T), why!);
        return slot;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T* TryAllocateSlowly(string file, int line, string member)
    {
        var slot = IsUntold() ? TakeWatched() : null;
        return slot != null ? slot : TakeSlot(file, line, member, out _);
    }

    private void* TakeSlot(out string? why)
    {
        ThrowIfDisposed();
        why = null;
        if (!_slabs.TryTakeWord(out var word))
        {
            var limited = _slabs.TryTakeLimited();
            if (limited != null)
                return HandOut(limited);
            why = Grow();
            if (why is not null)
                return null;
            if (!_slabs.TryTakeWord(out word))
                return HandOut(_slabs.TryTakeLimited());
        }
        var slab = _geometry.SlabOf(word);
        var wordBase = _geometry.WordBase(slab, (int)(word - SlabGeometry.Words(slab)));
        var free = *word;
        *word = free & (free - 1);
        var slot = wordBase + (nint)BitOperations.TrailingZeroCount(free) * _geometry.Layout.StrideBytes;
        SetWord(word, wordBase);
        return HandOut(slot);
    }

    private void* HandOut(void* slot)
    {
        if (IsObserved)
            _watched.Last = (nuint)slot;
        else
            _last = (nuint)slot;
        return slot;
    }

    private void SetWord(ulong* word, byte* wordBase)
    {
        if (IsObserved)
        {
            _watched.Word = word;
            _watched.WordBase = wordBase;
        }
        else
        {
            _word = word;
            _wordBase = wordBase;
        }
    }

    // Null, an address that is no slot, or any slot while the pool is watched. It calls nothing that returns but as its
    // last act, so that it has no registers to save.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(void* slot)
    {
        if (Gate is not { } gate || gate.MayHold((nuint)slot))
            FreeTold(slot);
        else if ((nuint)slot == _watched.Last)
            _watched.Last = ~(nuint)slot;
        else if (slot != null)
            Put(slot, IndexOfLive(slot));
    }

    // A word got its first free slot, or its last slot became free.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WordChanged(ulong* word)
    {
        var slab = _geometry.SlabOf(word);
        var index = (int)(word - SlabGeometry.Words(slab));
        if (BitOperations.IsPow2(*word) && word != CurrentWord)
        {
            // The word just written is warm: the next slots come from here.
            if (*CurrentWord == 0)
                SetWord(word, _geometry.WordBase(slab, index));
            else
                _slabs.PutWord(word);
        }
        if (*word == _geometry.FullWord(index) && slab != _spare && _slabs.IsEmpty(slab))
            KeepOrRetire(slab);
    }

    private void KeepOrRetire(byte* slab)
    {
        if (_spare == null || !_slabs.IsEmpty(_spare))
        {
            _spare = slab;
            return;
        }
        if (_slabs.SlotCount - _geometry.SlotCount < _reservedSlots)
            return;
        var goes = slab > _spare ? slab : _spare;
        _spare = slab > _spare ? _spare : slab;
        Retire(goes, decommit: false);
    }

    private nuint Retire(byte* slab, bool decommit)
    {
        if (_geometry.SlabOf(CurrentWord) == slab)
            SetWord(EmptyWord, null);
        if (_spare == slab)
            _spare = null;
        _listener?.Removing(slab, in _geometry.Layout);
        return _slabs.Remove(slab, decommit);
    }

    private string? Grow()
    {
        var why = _slabs.Grow(out var slab);
        if (why is not null)
            return why;
        _listener?.Added(slab, in _geometry.Layout);
        EnterFastPath();
        return null;
    }

    // Owners may be read as far as this pool's own slabs reach; an address beyond is not its own.
    private void EnterFastPath()
    {
        _arenaBase = Arena.Base;
        _owners = Arena.Owners;
        _granules = Arena.KnownBytes >> PageMap.OwnerGranuleShift;
        _token = IsObserved ? NoToken : OwnerToken;
    }

    // Every free slot goes back into the bitmaps and every word into its summary; the next calls go slowly.
    private void LeaveFastPath()
    {
        var slot = Hot;
        var word = CurrentWord;
        _last = (nuint)NoSlot;
        _word = EmptyWord;
        _watched = new WatchedPath();
        if (slot != null)
        {
            var index = _geometry.IndexOf(slot);
            var hotWord = (ulong*)_geometry.SlabOf(slot) + (index >> 6);
            *hotWord |= 1UL << (int)index;
            if (*hotWord == 1UL << (int)index && hotWord != word)
                _slabs.PutWord(hotWord);
        }
        if (*word != 0)
            _slabs.PutWord(word);
    }

    private void CheckOptions()
    {
        const int maximumAlignment = 1 << 16;
        var o = _options;
        Require(o.SlabBytes is >= 0 and <= SlabGeometry.MaximumSlabBytes, nameof(o.SlabBytes), o.SlabBytes,
            $"0 to {SlabGeometry.MaximumSlabBytes}");
        Require(o.Alignment >= 0 && (o.Alignment & (o.Alignment - 1)) == 0 && o.Alignment <= maximumAlignment,
            nameof(o.Alignment), o.Alignment, $"0 or a power of two up to {maximumAlignment}");
        Require(o.InitialSlots >= 0, nameof(o.InitialSlots), o.InitialSlots, "0 or more");
        Require(o.MaximumSlots >= 0, nameof(o.MaximumSlots), o.MaximumSlots, "0 (none) or more");
        Require(o.MaximumSlots == 0 || o.InitialSlots <= o.MaximumSlots, nameof(o.InitialSlots), o.InitialSlots,
            $"at most MaximumSlots, {o.MaximumSlots}");
    }

    private void Require(bool holds, string option, int value, string remedy)
    {
        if (!holds)
            throw new ArgumentException($"{Label}: PoolOptions.{option} is {value}; give {remedy}.", option);
    }

    private int ChooseSlabBytes(int alignment)
    {
        if (_options.SlabBytes != 0)
            return (int)PageMap.RoundUp((nuint)_options.SlabBytes, PageArena.PageBytes);
        var stride = PageMap.RoundUp((nuint)sizeof(T), (nuint)alignment);
        if (stride <= 256)
            return 64 << 10;
        // Large elements: a bitmap word's worth of them, while that is not excessive, and never fewer than seven.
        var slabBytes = (ulong)BitOperations.RoundUpToPowerOf2(stride * (stride <= 1 << 16 ? 32u : 8u));
        if (slabBytes > SlabGeometry.MaximumSlabBytes)
        {
            throw new ArgumentException(
                $"{Label}: an element of {sizeof(T)} bytes is too large for a pool; use blocks of the arena.");
        }
        return (int)Math.Max(256 << 10, slabBytes);
    }

    // As in Throw, these are seen not to return because a throw is all they do.
    [DoesNotReturn]
    private void ThrowForeign(void* slot) => throw ForeignFree(slot);

    private InvalidFreeException ForeignFree(void* slot)
    {
        ThrowIfDisposed();
        return Throw.FreeRefused(this, slot, $"it is not a slot of this pool; {Arena.Describe(slot)}.");
    }

    [DoesNotReturn]
    private void ThrowNoSlot(void* slot) => throw Throw.FreeRefused(
        this, slot, $"no slot starts there; free the address that Allocate gave (a slab has {Layout}).");

    [DoesNotReturn]
    private void ThrowNotLive(void* slot) => throw Throw.FreeRefused(
        this, slot, "the slot is free already; it was freed twice, or never allocated.");
}
