using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The slow paths: words, slabs, observers, and invalid calls.
//
// The fast path is open while _slotCount is the number of slots in the slab in use. It is closed by every operation
// that needs all free slots in the bitmaps: a walk, a trim, growth. The next call then comes here, works on the
// bitmaps, and opens it again. While an observer is attached it stays closed, see Pool.Observed.cs.
public sealed unsafe partial class Pool<T>
{
    /// <summary>The steps of its searches, for tests.</summary>
    internal long SearchSteps => _slabs.Steps;

    internal override void ObserversChanged()
    {
        _guard.ChecksAll = ChecksThreads;
        CarryOver();
        CloseFastPath();
        SamplingChanged();
        _listener?.GuardChanged(Guard is { KnowsSome: false });
    }

    // While a guard samples, Allocate finds no bits, and a hot slot is counted if this says so.
    internal override void SamplingChanged() => Volatile.Write(
        ref _hotBelow, ClosesFastPath || _guard.ChecksAll ? nint.MinValue : 0);

    // Allocates when the word in use is empty, when there is none, or when an observer is attached.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private T* AllocateSlowly(string file, int line, string member)
    {
        if (UsualGuard is { } guard)
        {
            var guarded = AllocateUsual(guard, new SourceLine(file, line, member));
            if (guarded != null)
                return guarded;
        }
        Enter();
        // Usually there is one slab, with another word that has free slots.
        if (_isOpen && !IsWatched && _slabs.TryTakeWordOfOnlySlab(out var word))
        {
            LeaveEmptyWord();
            var free = _words[word];
            EnterWord(word, free & (free - 1));
            var next = (nuint)_wordBase + LowestBit(free) * _strideBytes;
            _last = next;
            Leave();
            return (T*)next;
        }
        var slot = TakeSlotAndLeave(file, line, member, out var why);
        if (slot == null)
            Throw.OutOfMemory(this, (nuint)sizeof(T), why!);
        return (T*)slot;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T* TryAllocateSlowly(string file, int line, string member)
    {
        if (UsualGuard is { } guard)
        {
            var guarded = AllocateUsual(guard, new SourceLine(file, line, member));
            if (guarded != null)
                return guarded;
        }
        var slot = AllocateUnsampled(_last);
        if (slot != null)
            return slot;
        Enter();
        return (T*)TakeSlotAndLeave(file, line, member, out _);
    }

    // It stays out of line, so that only this path makes one value of the caller's line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* TakeSlotAndLeave(string file, int line, string member, out string? why)
    {
        try
        {
            return IsWatched
                ? TakeObservedSlot(new SourceLine(file, line, member), out why)
                : TakeFromBitmaps(out why);
        }
        finally
        {
            Leave();
        }
    }

    private void* TakeFromBitmaps(out string? why)
    {
        ThrowIfDisposed();
        LeaveWord();
        why = null;
        if (!_slabs.TryTakeWord(out var word))
        {
            why = Grow();
            if (why is not null)
                return null;
            _slabs.TryTakeWord(out word);
        }
        var slab = _geometry.SlabOf(word);
        var index = (nuint)(word - SlabGeometry.Words(slab));
        var free = *word;
        EnterSlab(slab);
        EnterWord(index, free & (free - 1));
        var slot = (nuint)_wordBase + LowestBit(free) * _strideBytes;
        Last = slot;
        return (void*)slot;
    }

    // Frees the first slot of a word of the slab in use. Its line is warm, so the next slots come from this word.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeFirst(nuint index)
    {
        Enter();
        LeaveWord();
        // Another thread may have closed it, if the pool is misused: then that slot is lost.
        if (_isOpen)
            EnterWord(index >> 6, 1UL << (int)index);
        Leave();
    }

    // Frees null, slots of other slabs, the first slot after a close, all slots of an observed pool, and refuses bad
    // frees.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(void* slot, string file, int line, string member)
    {
        if (UsualGuard is { } usual && FreesUsual(usual, slot, new SourceLine(file, line, member)))
            return;
        Enter();
        try
        {
            ThrowIfDisposed();
            if (slot != null && IsGuarded(slot, out var guard))
                Throw.If(FreeGuarded(guard, slot, notifies: true, new SourceLine(file, line, member)));
            else if (slot != null)
                FreeInside(slot);
        }
        finally
        {
            Leave();
        }
    }

    private void FreeInside(void* slot)
    {
        var word = WordOfLive(slot, out var bit);
        var failure = NotifyFreedIfWanted(slot, ReportedBytes);
        _version++;
        if ((nuint)slot == Last)
            Last = ~(nuint)slot;
        else
            Put(slot, word, bit);
        Throw.If(failure);
    }

    /// <summary>Returns the number of a slot of this pool.</summary>
    internal uint IndexOf(void* slot)
    {
        if (Paged is { } paged && paged.TryIndexOf(slot, out var index))
            return index;
        var slab = _geometry.SlabOf(slot);
        return _geometry.State(slab).FirstIndex + (uint)_geometry.IndexOf(slab, slot);
    }

    // Returns whether the page of an address is one of this pool's slabs' and has storage, or is the first one of a
    // claim.
    private bool Owns(void* address)
    {
        var ownerPage = unchecked((nuint)address - (nuint)_arenaBase) >> PageMap.OwnerPageShift;
        return ownerPage < _ownerPages && _owners[ownerPage] == OwnerToken
            && (Paged is null || IsInSlabs(_geometry.SlabOf(address)));
    }

    private bool IsInSlabs(byte* slab) => slab != null && (IsKnown(slab) || _slabs.IsClaim(slab));

    // Returns the word of a live slot, and its bit in it; throws if it is not live.
    private ulong* WordOfLive(void* slot, out ulong bit)
    {
        if (!Owns(slot))
            ThrowNotOfThisPool(slot);
        var word = WordOf(slot, out bit);
        if (word == null)
            ThrowNoSlot(slot);
        if (!IsLive(slot, word, bit))
            ThrowNotLive(slot);
        return word;
    }

    // Returns the word of a slot with storage in a page of this pool, and its bit in it; null if none starts there.
    private ulong* WordOf(void* slot, out ulong bit)
    {
        var slab = _geometry.SlabOf(slot);
        bit = 0;
        if (_slabs.IsClaim(slab))
            return null;
        var index = _geometry.IndexOf(slab, slot);
        bit = 1UL << unchecked((int)index);
        return index < (nuint)_geometry.State(slab).SlotCount ? SlabGeometry.Words(slab) + (index >> 6) : null;
    }

    private bool IsLive(void* slot, ulong* word, ulong bit) =>
        ((IsEntered(word) ? Bits : *word) & bit) == 0 && Last != ~(nuint)slot;

    // Makes a freed slot the hot one, or sets its bit.
    private void Put(void* slot, ulong* word, ulong bit)
    {
        var slab = _geometry.SlabOf(slot);
        if (slab == _slabInUse || slab == _otherSlab)
            EnterSlab(slab);
        _otherSlab = slab;
        if (IsEntered(word))
        {
            Bits |= bit;
        }
        else if (IsAddress(Last))
        {
            // Its bit says used.
            Last = ~(nuint)slot;
        }
        else
        {
            SetFree(word, bit);
        }
    }

    // Sets a bit in the bitmap, of a word that is not the word in use.
    private void SetFree(ulong* word, ulong bit)
    {
        if (*word == 0 && word != _sampledWord)
            _slabs.PutWord(word);
        *word |= bit;
        var slab = _geometry.SlabOf(word);
        if (slab != _slabInUse && *word == _slabs.FullWord(slab, (int)(word - SlabGeometry.Words(slab))))
            KeepOrRetire(slab);
    }

    // Enters a slab for allocation, or after two frees into it in a row, and opens the fast path.
    private void EnterSlab(byte* slab)
    {
        var left = _slabInUse;
        if (slab == left && _isOpen)
            return;
        LeaveWord();
        _isOpen = true;
        _slots = _geometry.Slots(slab);
        _words = SlabGeometry.Words(slab);
        _slabInUse = slab;
        var isFast = _strideBytes == (nuint)sizeof(T) && !NotifiesAll;
        _slotCount = isFast ? (nuint)_geometry.State(slab).SlotCount : 0;
        _version++;
        if (left != null && left != slab)
            KeepOrRetire(left);
    }

    private bool IsEntered(ulong* word) => _word != NoWord && word == _words + _word;

    private void EnterWord(nuint word, ulong bits)
    {
        _wordBase = _slots + word * 64 * _strideBytes;
        if (Filter is not null)
        {
            _sampledWord = _words + word;
            *_sampledWord = bits;
            return;
        }
        _word = word;
        Bits = bits;
    }

    private void LeaveEmptyWord()
    {
        if (_word != NoWord)
            _words[_word] = 0;
    }

    // Writes the bits of the word in use back into the slab, and adds the word to the summary if it has any.
    private void LeaveWord()
    {
        if (*_sampledWord != 0)
            _slabs.PutWord(_sampledWord);
        _sampledWord = PoolConstants.NoWord;
        if (_word == NoWord)
            return;
        var word = _words + _word;
        *word = Bits;
        if (*word != 0)
            _slabs.PutWord(word);
        _word = NoWord;
        Bits = 0;
    }

    // Writes every free slot back into the bitmaps and every word into its summary.
    private void CloseFastPath()
    {
        LeaveWord();
        _isOpen = false;
        _slotCount = 0;
        var hot = Hot;
        Last = (nuint)NoSlot;
        if (hot == null)
            return;
        var slab = _geometry.SlabOf(hot);
        var index = _geometry.IndexOf(slab, hot);
        var word = SlabGeometry.Words(slab) + (index >> 6);
        if (*word == 0)
            _slabs.PutWord(word);
        *word |= 1UL << (int)index;
        Recount();
    }

    // Keeps one empty slab that is not in use; of two, the one at the higher address goes back.
    private void KeepOrRetire(byte* slab)
    {
        // A large slab of a handle map stays until Trim: to retire it, every slot's generation is read.
        if (slab == _spareSlab || (_listener is not null && _geometry.IsSparse) || !_slabs.IsEmpty(slab))
            return;
        _slabs.FormatShared(slab);
        if (_spareSlab == null || _spareSlab == _slabInUse || !_slabs.IsEmpty(_spareSlab))
        {
            _spareSlab = slab;
            return;
        }
        var goes = slab > _spareSlab ? slab : _spareSlab;
        if (_slabs.SlotCount - _geometry.State(goes).SlotCount < _reservedSlots)
            return;
        LeaveWord();
        _spareSlab = slab > _spareSlab ? _spareSlab : slab;
        Retire(goes, decommit: false);
        StorageChanged();
    }

    private nuint TrimInside()
    {
        try
        {
            var givenBack = _slabs.TrimClaim();
            for (var i = _slabs.Count - 1; i >= 0; i--)
            {
                var slab = _slabs[i];
                givenBack += _slabs.IsEmpty(slab) ? Retire(slab, decommit: true) : _slabs.TrimInside(slab);
            }
            _slabs.CountAllNext();
            return givenBack;
        }
        finally
        {
            StorageChanged();
        }
    }

    private nuint Retire(byte* slab, bool decommit)
    {
        CountDeadSamples();
        if (slab == _slabInUse)
            _slabInUse = null;
        if (slab == _otherSlab)
            _otherSlab = null;
        if (slab == _spareSlab)
            _spareSlab = null;
        return _slabs.Remove(slab, decommit);
    }

    private string? Grow(bool byStorageOnly = false)
    {
        // In the slab, the word may look entirely free.
        LeaveWord();
        var why = byStorageOnly ? _slabs.GrowByStorage() : _slabs.Grow();
        StorageChanged();
        return why;
    }

    private void StorageChanged()
    {
        _version++;
        _isOpen = false;
        _slotCount = 0;
        _arenaBase = Arena.Base;
        _owners = Arena.Owners;
        _ownerPages = Arena.KnownBytes >> PageMap.OwnerPageShift;
        if (_listener is null)
            return;
        var first = _slabs.SlotsBeforeHole();
        // If most slots lie elsewhere, the first slab is no help.
        _listener.StorageChanged(OwnerToken, 2L * first.Count < _slabs.SlotCount ? default : first);
    }
}
