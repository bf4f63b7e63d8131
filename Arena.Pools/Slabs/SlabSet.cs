using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// The slabs of one pool in address order, and which of them have free slots. Knows nothing of element types.
/// </summary>
/// <remarks>
/// Invariant: a word with a free slot is either the one that its pool allocates from, or its summary bit is set and
/// its slab is marked available, or it is the limited word (see <see cref="TryTakeLimited"/>).
/// </remarks>
internal sealed unsafe class SlabSet
{
    private readonly Allocator _owner;
    private readonly SlabGeometry _geometry;
    private readonly int _maximumSlots;
    private nuint[] _slabs = new nuint[4];
    private ulong[] _available = new ulong[1];

    // When the maximum ends in the middle of a slab, the slots beyond it are marked free for ever and their words are
    // never allocated from as a whole: a free of such a slot is a free of a free slot.
    private byte* _limitedSlab;
    private int _limitedSlots;

    public SlabSet(Allocator owner, in SlabGeometry geometry, int maximumSlots)
    {
        _owner = owner;
        _geometry = geometry;
        _maximumSlots = maximumSlots;
    }

    public int Count { get; private set; }

    /// <summary>Changes whenever a slab comes or goes.</summary>
    public int Version { get; private set; }

    public int SlotCount => Count * _geometry.SlotCount - PhantomSlots;

    private int PhantomSlots => _limitedSlab == null ? 0 : _geometry.SlotCount - _limitedSlots;

    public byte* this[int position] => (byte*)_slabs[position];

    /// <summary>Position of the first slab at or above an address.</summary>
    public int PositionOf(void* slab)
    {
        var position = Array.BinarySearch(_slabs, 0, Count, (nuint)slab);
        return position >= 0 ? position : ~position;
    }

    public int CountFree()
    {
        var free = 0;
        for (var i = 0; i < Count; i++)
        {
            var words = SlabGeometry.Words(this[i]);
            for (var word = 0; word < _geometry.WordCount; word++)
                free += BitOperations.PopCount(words[word]);
        }
        return free - PhantomSlots;
    }

    /// <summary>Takes the lowest word with free slots to allocate from.</summary>
    public bool TryTakeWord(out ulong* word)
    {
        for (var i = 0; i < _available.Length; i++)
        {
            if (_available[i] == 0)
                continue;
            var position = 64 * i + BitOperations.TrailingZeroCount(_available[i]);
            word = TakeWord(this[position], out var last);
            if (last)
                _available[i] &= _available[i] - 1;
            return true;
        }
        word = null;
        return false;
    }

    /// <summary>A word got free slots, or its pool stops allocating from it.</summary>
    public void PutWord(ulong* word)
    {
        var slab = _geometry.SlabOf(word);
        var index = (int)(word - SlabGeometry.Words(slab));
        if (slab == _limitedSlab && index >= _limitedSlots / 64)
            return;
        var summary = _geometry.Summary(slab);
        var wasEmpty = IsZero(summary);
        summary[index >> 6] |= 1UL << index;
        if (wasEmpty)
            MarkAvailable(PositionOf(slab), true);
    }

    /// <summary>A slot from the one word that is only in part below the maximum; null when there is none.</summary>
    public byte* TryTakeLimited()
    {
        if (_limitedSlab == null || _limitedSlots % 64 == 0)
            return null;
        var index = _limitedSlots / 64;
        var word = SlabGeometry.Words(_limitedSlab) + index;
        var free = *word & ((1UL << _limitedSlots) - 1);
        if (free == 0)
            return null;
        var bit = BitOperations.TrailingZeroCount(free);
        *word &= ~(1UL << bit);
        return _geometry.WordBase(_limitedSlab, index) + (nint)bit * _geometry.Layout.StrideBytes;
    }

    /// <summary>Takes another slab from the arena, all free; null, or why not.</summary>
    public string? Grow(out byte* slab)
    {
        slab = null;
        var slots = Math.Min(_geometry.SlotCount, _maximumSlots - SlotCount);
        if (slots <= 0)
            return $"all {_maximumSlots} slots of its maximum are live; raise PoolOptions.MaximumSlots";
        var why = _owner.Arena.Lend(
            (nuint)_geometry.Layout.SlabBytes, _geometry.AlignmentBytes, _owner.OwnerToken, out var block);
        if (why is not null)
            return why;
        slab = (byte*)block.Address;
        if (slots < _geometry.SlotCount)
        {
            _limitedSlab = slab;
            _limitedSlots = slots;
        }
        Format(slab);
        Insert(slab);
        return null;
    }

    /// <summary>Marks every slot of a slab free.</summary>
    public void Format(byte* slab)
    {
        var words = SlabGeometry.Words(slab);
        new Span<ulong>(words, _geometry.WordCount - 1).Fill(ulong.MaxValue);
        words[_geometry.WordCount - 1] = _geometry.LastWordFull;
        var summary = new Span<ulong>(_geometry.Summary(slab), _geometry.SummaryCount);
        summary.Clear();
        var whole = slab == _limitedSlab ? _limitedSlots / 64 : _geometry.WordCount;
        summary[..(whole / 64)].Fill(ulong.MaxValue);
        if (whole % 64 != 0)
            summary[whole / 64] = (1UL << whole) - 1;
        _geometry.BusyWord(slab) = 0;
    }

    /// <summary>Marks every slot of every slab free.</summary>
    public void FormatAll()
    {
        for (var i = 0; i < Count; i++)
        {
            Format(this[i]);
            MarkAvailable(i, !IsZero(_geometry.Summary(this[i])));
        }
    }

    /// <summary>Whether all slots are free. Stops at the word that was busy the last time, when it still is.</summary>
    public bool IsEmpty(byte* slab)
    {
        ref var busy = ref _geometry.BusyWord(slab);
        var words = SlabGeometry.Words(slab);
        if (!_geometry.IsFull(busy, words[busy]))
            return false;
        for (var word = 0; word < _geometry.WordCount; word++)
        {
            if (_geometry.IsFull(word, words[word]))
                continue;
            busy = word;
            return false;
        }
        return true;
    }

    /// <summary>Gives a slab back to the arena; with <paramref name="decommit"/> its storage to the OS.</summary>
    /// <returns>Bytes decommitted.</returns>
    public nuint Remove(byte* slab, bool decommit)
    {
        var position = PositionOf(slab);
        Array.Copy(_slabs, position + 1, _slabs, position, Count - position - 1);
        for (var i = position; i < Count - 1; i++)
            MarkAvailable(i, IsAvailable(i + 1));
        Count--;
        MarkAvailable(Count, false);
        Version++;
        if (slab == _limitedSlab)
            _limitedSlab = null;
        return _owner.Arena.TakeBack(
            new Block(slab, (nuint)_geometry.Layout.SlabBytes), _owner.OwnerToken, decommit);
    }

    private ulong* TakeWord(byte* slab, out bool last)
    {
        var summary = _geometry.Summary(slab);
        var i = 0;
        while (summary[i] == 0)
            i++;
        var index = 64 * i + BitOperations.TrailingZeroCount(summary[i]);
        summary[i] &= summary[i] - 1;
        last = IsZero(summary);
        return SlabGeometry.Words(slab) + index;
    }

    private void Insert(byte* slab)
    {
        if (Count == _slabs.Length)
        {
            Array.Resize(ref _slabs, 2 * Count);
            Array.Resize(ref _available, (2 * Count + 63) / 64);
        }
        var position = PositionOf(slab);
        Array.Copy(_slabs, position, _slabs, position + 1, Count - position);
        _slabs[position] = (nuint)slab;
        Count++;
        for (var i = Count - 1; i > position; i--)
            MarkAvailable(i, IsAvailable(i - 1));
        MarkAvailable(position, !IsZero(_geometry.Summary(slab)));
        Version++;
    }

    private bool IsAvailable(int position) => (_available[position >> 6] >> position & 1) != 0;

    private void MarkAvailable(int position, bool available)
    {
        var bit = 1UL << position;
        if (available)
            _available[position >> 6] |= bit;
        else
            _available[position >> 6] &= ~bit;
    }

    private bool IsZero(ulong* summary) =>
        !new ReadOnlySpan<ulong>(summary, _geometry.SummaryCount).ContainsAnyExcept(0UL);
}
