using System.Numerics;

namespace Arena.Pools;

// The state that a history saves: everything that determines which slot comes next. The bitmaps lie in the arena.
public sealed unsafe partial class Pool<T>
{
    internal override string? WhyNoHistory => null;

    internal override string Shape =>
        $"{typeof(T)} of {_geometry.Layout.SlotBytes} in {_strideBytes} bytes, slabs of {_geometry.Layout.SlabBytes}";

    internal override nuint ValueOffset => _listener?.LiveOffset ?? 0;

    private Watch Watched => !IsObserved ? Watch.None : Filter is null ? Watch.All : Watch.Sample;

    internal override void WalkElsewhere(IMemoryVisitor visitor) => _listener?.WalkElsewhere(visitor);

    internal override void KeepState(StateStream state)
    {
        var watched = state.Keep(Watched);
        var (noSlot, noWord) = (state.Keep((nuint)NoSlot), state.Keep((nuint)PoolConstants.NoWord));
        _last = state.Keep(_last);
        _bits = state.Keep(_bits);
        _observedLast = state.Keep(_observedLast);
        _observedBits = state.Keep(_observedBits);
        _sampledWord = (ulong*)state.Keep((nuint)_sampledWord);
        _wordBase = (byte*)state.Keep((nuint)_wordBase);
        _word = state.Keep(_word);
        _slots = (byte*)state.Keep((nuint)_slots);
        _slotCount = state.Keep(_slotCount);
        _words = (ulong*)state.Keep((nuint)_words);
        _arenaBase = (byte*)state.Keep((nuint)_arenaBase);
        _owners = (ushort*)state.Keep((nuint)_owners);
        _ownerPages = state.Keep(_ownerPages);
        _reservedSlots = state.Keep(_reservedSlots);
        _isOpen = state.Keep(_isOpen);
        _slabInUse = (byte*)state.Keep((nuint)_slabInUse);
        _otherSlab = (byte*)state.Keep((nuint)_otherSlab);
        _spareSlab = (byte*)state.Keep((nuint)_spareSlab);
        _slabs.KeepState(state);
        _listener?.KeepState(state);
        if (!state.IsRestoring)
            return;
        // They lie elsewhere in another process, where what was saved may come from.
        if (_last == noSlot)
            _last = (nuint)NoSlot;
        if (_observedLast == noSlot)
            _observedLast = (nuint)NoSlot;
        if ((nuint)_sampledWord == noWord)
            _sampledWord = PoolConstants.NoWord;
        // A walk that is under way has read of words what is no longer so.
        _version++;
        // With another kind of observer attached, this state lies in other fields.
        if (watched != Watched)
            ObserversChanged();
    }

    internal override void GiveOutlines(ILiveOutlines outlines)
    {
        var wordsPerPage = (int)(outlines.PageBytes / sizeof(ulong));
        for (var i = 0; i < _slabs.Count; i++)
        {
            var slab = _slabs[i];
            var end = _slabs.WordCount(slab);
            for (int word = 0, next; word < end; word = next)
            {
                next = Math.Min(end, (word | (wordsPerPage - 1)) + 1);
                if (outlines.MayDiffer(SlabGeometry.Words(slab) + word, SlabGeometry.Words(slab) + next))
                    GiveOutlines(outlines, slab, word, next);
            }
        }
        // What is known of these is not in the slab, now or at the last time.
        var inUse = _word == NoWord ? null : _words + _word;
        GiveOutlines(outlines, inUse);
        if (_slabs.OutlinedWord != inUse)
            GiveOutlines(outlines, _slabs.OutlinedWord);
        GiveOutlines(outlines, WordOf(Hot));
        if (_slabs.OutlinedHot != Hot)
            GiveOutlines(outlines, WordOf(_slabs.OutlinedHot));
        _slabs.OutlinedWord = inUse;
        _slabs.OutlinedHot = Hot;
        _listener?.GiveOutlines(outlines);
    }

    internal override void WalkPart(IMemoryVisitor visitor, nuint from, nuint end)
    {
        var slab = _geometry.SlabOf((void*)from);
        if (!IsSlab(slab))
        {
            _listener?.WalkElsewhere(visitor, from, end);
            return;
        }
        var (first, last) = SlotsIn(slab, from, end);
        for (var word = first >> 6; word <= last >> 6; word++)
        {
            var live = LiveOf(slab, word) & Between(word, first, last);
            if (_listener is null)
                ShowRuns(visitor, (nuint)_geometry.WordBase(slab, word), live);
            else
                ShowLive(visitor, slab, word, live);
        }
    }

    // Slots that live side by side, at once.
    private void ShowRuns(IMemoryVisitor visitor, nuint wordBase, ulong live)
    {
        while (live != 0)
        {
            var first = BitOperations.TrailingZeroCount(live);
            var count = BitOperations.TrailingZeroCount(~(live >> first));
            visitor.Live(wordBase + (nuint)first * _strideBytes, (nuint)count * _strideBytes);
            live &= ~(ulong.MaxValue >> (64 - count) << first);
        }
    }

    private static ulong Between(int word, int first, int last)
    {
        var bits = ulong.MaxValue;
        if (word == first >> 6)
            bits &= ulong.MaxValue << first;
        if (word == last >> 6)
            bits &= ulong.MaxValue >> (63 - (last & 63));
        return bits;
    }

    private bool IsSlab(byte* slab) => _slabs.PositionOf(slab) is var at && at < _slabs.Count && _slabs[at] == slab;

    private ulong* WordOf(void* slot)
    {
        var slab = _geometry.SlabOf(slot);
        return slot == null || !IsSlab(slab) ? null : SlabGeometry.Words(slab) + (_geometry.IndexOf(slab, slot) >> 6);
    }

    // The first slot that overlaps a part of a slab, and the last.
    private (int First, int Last) SlotsIn(byte* slab, nuint from, nuint end)
    {
        var slots = (nuint)_geometry.Slots(slab);
        var count = (nuint)_geometry.State(slab).SlotCount;
        if (end <= slots || count == 0)
            return (0, -1);
        var first = from <= slots ? 0 : (from - slots) / _strideBytes;
        return ((int)first, (int)nuint.Min(count - 1, (end - 1 - slots) / _strideBytes));
    }

    private void GiveOutlines(ILiveOutlines outlines, ulong* word)
    {
        var slab = _geometry.SlabOf(word);
        if (word == null || !IsSlab(slab))
            return;
        var index = (int)(word - SlabGeometry.Words(slab));
        if (index < _slabs.WordCount(slab))
            GiveOutlines(outlines, slab, index, index + 1);
    }

    // Gives the outlines of all pages with slots of the words [first, end): which of their slots live.
    private void GiveOutlines(ILiveOutlines outlines, byte* slab, int first, int end)
    {
        var start = (nuint)_geometry.WordBase(slab, first) & ~(outlines.PageBytes - 1);
        var behind = (nuint)_geometry.WordBase(slab, end);
        for (var page = start; page < behind; page += outlines.PageBytes)
        {
            var (firstSlot, lastSlot) = SlotsIn(slab, page, page + outlines.PageBytes);
            var outline = Outline.Whole;
            for (var word = firstSlot >> 6; word <= lastSlot >> 6; word++)
                outline = Outline.With(outline, LiveOf(slab, word) & Between(word, firstSlot, lastSlot));
            if (firstSlot <= lastSlot)
                outlines.Set((void*)page, outline);
        }
    }

    private enum Watch : byte
    {
        None,
        All,
        Sample,
    }
}
