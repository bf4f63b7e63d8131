namespace Arena.Pools;

// The state that a history saves: everything that determines which slot comes next. The bitmaps lie in the arena.
public sealed unsafe partial class Pool<T>
{
    internal override string? WhyNoHistory => null;

    internal override nuint ValueOffset => _listener?.LiveOffset ?? 0;

    private Watch Watched => !IsObserved ? Watch.None : Filter is null ? Watch.All : Watch.Sample;

    internal override void WalkElsewhere(IMemoryVisitor visitor) => _listener?.WalkElsewhere(visitor);

    internal override void KeepState(StateStream state)
    {
        var watched = state.Keep(Watched);
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
        // A walk in progress has read words that are now out of date.
        _version++;
        // With another kind of observer attached, this state lies in other fields.
        if (watched != Watched)
            ObserversChanged();
    }

    private enum Watch : byte
    {
        None,
        All,
        Sample,
    }
}
