using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// The slabs of one pool in address order, and the words of theirs that have free slots. It does not know the element
/// type.
/// </summary>
/// <remarks>
/// Invariant: a word with a free slot is in its slab's summary and its slab is marked available, or it is the one that
/// the pool allocates from, or all its slots are free and without storage (a <em>hole</em>, see SlabSet.Storage.cs).
/// </remarks>
internal sealed unsafe partial class SlabSet
{
    private readonly Allocator _owner;
    private readonly SlabGeometry _geometry;
    private readonly int _maximumSlots;
    private readonly ISlabListener? _listener;
    private nuint[] _slabs = new nuint[4];
    private ulong[] _available = new ulong[1];
    private SummaryBitmap _summary;
    private byte* _summarySlab;

    public SlabSet(Allocator owner, in SlabGeometry geometry, int maximumSlots, ISlabListener? listener)
    {
        _owner = owner;
        _geometry = geometry;
        _maximumSlots = maximumSlots;
        _listener = listener;
    }

    public ref readonly SlabGeometry Geometry => ref _geometry;

    /// <summary>The slots on pages of their own, which are in no slab; null if the pool never had any.</summary>
    public PagedSlots? Paged { get; set; }

    public int Count { get; private set; }

    /// <summary>Slots with storage, live and free.</summary>
    public int SlotCount { get; private set; }

    /// <summary>The words of bitmaps that searches for holes and for live slots looked at, for tests.</summary>
    public long Steps { get; private set; }

    public byte* this[int position] => (byte*)_slabs[position];

    /// <summary>Returns the position of the first slab at or above an address.</summary>
    public int PositionOf(void* slab)
    {
        var position = Array.BinarySearch(_slabs, 0, Count, (nuint)slab);
        return position >= 0 ? position : ~position;
    }

    /// <summary>Returns the slots of the first slab up to the first one without storage.</summary>
    public SlotRun SlotsBeforeHole() => Count == 0 ? default : Run(this[0], 0, CountBeforeHole(this[0]));

    /// <summary>Returns the number of a slab's words that were ever given storage.</summary>
    public int WordCount(byte* slab) => (_geometry.State(slab).SlotCount + 63) / 64;

    /// <summary>Returns the word as it is when all its slots are free.</summary>
    public ulong FullWord(byte* slab, int word)
    {
        var slots = _geometry.State(slab).SlotCount - 64 * word;
        return slots >= 64 ? ulong.MaxValue : (1UL << slots) - 1;
    }

    /// <summary>Takes the lowest word with free slots to allocate from.</summary>
    public bool TryTakeWord(out ulong* word)
    {
        for (var i = 0; i < _available.Length; i++)
        {
            if (_available[i] == 0)
                continue;
            var slab = this[64 * i + BitOperations.TrailingZeroCount(_available[i])];
            ref readonly var summary = ref Summary(slab);
            var index = summary.Lowest();
            if (summary.Remove(index))
                _available[i] &= _available[i] - 1;
            word = SlabGeometry.Words(slab) + index;
            return true;
        }
        word = null;
        return false;
    }

    /// <summary>Takes such a word of the only slab, if there is one slab and it has one.</summary>
    public bool TryTakeWordOfOnlySlab(out nuint word)
    {
        word = 0;
        if (Count != 1 || _available[0] == 0)
            return false;
        ref readonly var summary = ref Summary(this[0]);
        word = summary.Lowest();
        if (summary.Remove(word))
            _available[0] = 0;
        return true;
    }

    /// <summary>Puts a word back that got free slots, or that the pool stops allocating from.</summary>
    public void PutWord(ulong* word)
    {
        var slab = _geometry.SlabOf(word);
        ref readonly var summary = ref Summary(slab);
        if (summary.IsEmpty)
            MarkAvailable(PositionOf(slab), true);
        summary.Add((nuint)(word - SlabGeometry.Words(slab)));
    }

    /// <summary>Marks every slot of every slab free.</summary>
    public void FormatAll()
    {
        for (var i = 0; i < Count; i++)
        {
            var slab = this[i];
            FormatShared(slab);
            for (var word = 0; word < WordCount(slab); word++)
            {
                if (!IsHole(slab, word))
                    FormatWord(slab, word);
            }
            MarkAvailable(i, !Summary(slab).IsEmpty);
        }
    }

    /// <summary>
    /// Returns whether all slots are free. It looks first at the word that had a live slot the last time, then behind
    /// it, where frees in order go, and then in front of it.
    /// </summary>
    public bool IsEmpty(byte* slab)
    {
        ref var busy = ref _geometry.State(slab).BusyWord;
        // The last word may have fewer slots.
        var last = WordCount(slab) - 1;
        if (last < 0)
            return true;
        var words = new ReadOnlySpan<ulong>(SlabGeometry.Words(slab), last);
        var from = Math.Min(busy, last);
        if (FirstBusy(words[from..]) is var behind and >= 0)
            busy = from + behind;
        else if (!IsFree(slab, last))
            busy = last;
        else if (FirstBusy(words[..from]) is var before and >= 0)
            busy = before;
        else
            return true;
        return false;
    }

    // Returns the first word that has a live slot, among words of 64 slots, or -1.
    private int FirstBusy(ReadOnlySpan<ulong> words)
    {
        var first = words.IndexOfAnyExcept(ulong.MaxValue);
        Steps += first < 0 ? words.Length : first + 1;
        return first;
    }

    /// <summary>Gives a slab back to the arena; with <paramref name="decommit"/> its storage to the OS.</summary>
    /// <returns>Bytes decommitted.</returns>
    public nuint Remove(byte* slab, bool decommit)
    {
        ForgetAll(slab);
        Forget(slab);
        _listener?.Left(_geometry.State(slab).FirstIndex, _geometry.SlotCount);
        var position = PositionOf(slab);
        Array.Copy(_slabs, position + 1, _slabs, position, Count - position - 1);
        BitRuns.RemoveAt(_available, position);
        Count--;
        return GiveBack(slab, decommit);
    }

    /// <summary>Gives all slabs back, whatever lives in them.</summary>
    public void Close()
    {
        // A listener's numbers end with the arena. Until then, the next listener that gets them has to know their
        // generations.
        var tells = _listener is not null && !_owner.Arena.IsDisposed;
        while (Count > 0)
        {
            var slab = this[--Count];
            if (tells)
            {
                ForgetAll(slab);
                _listener!.Left(_geometry.State(slab).FirstIndex, _geometry.SlotCount);
            }
            Forget(slab);
            GiveBack(slab, decommit: false);
        }
        if (_claimed != null)
            GiveBack(_claimed, decommit: false);
        _claimed = null;
    }

    private nuint GiveBack(byte* slab, bool decommit) => _owner.Arena.TakeBack(
        new Block(slab, (nuint)_geometry.Layout.SlabBytes), _owner.OwnerToken, decommit);

    // The last summary is kept, because making it is a third of the work of taking a word.
    private ref readonly SummaryBitmap Summary(byte* slab)
    {
        if (slab != _summarySlab)
        {
            _summary = _geometry.Summary(slab);
            _summarySlab = slab;
        }
        return ref _summary;
    }

    private bool IsFree(byte* slab, int word) => SlabGeometry.Words(slab)[word] == FullWord(slab, word);

    private void FormatWord(byte* slab, int word)
    {
        SlabGeometry.Words(slab)[word] = FullWord(slab, word);
        Summary(slab).Add((nuint)word);
    }

    private void ForgetAll(byte* slab)
    {
        for (var word = 0; word < WordCount(slab); word++)
        {
            if (IsHole(slab, word))
                _holeSlots -= 64;
            else
                Forget(slab, word);
        }
    }

    // Takes the slots of a word, which will lose their storage, out of the bitmaps.
    private void Forget(byte* slab, int word)
    {
        var slots = BitOperations.PopCount(FullWord(slab, word));
        SlotCount -= slots;
        _listener?.Removing(Run(slab, 64 * word, slots));
    }

    private SlotRun Run(byte* slab, int first, int count)
    {
        var stride = _geometry.Layout.StrideBytes;
        return new(
            _geometry.Slots(slab) + (nint)first * stride, _geometry.State(slab).FirstIndex + (uint)first,
            count, stride);
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
        BitRuns.InsertAt(_available, position);
        MarkAvailable(position, !Summary(slab).IsEmpty);
    }

    private void MarkAvailable(int position, bool available)
    {
        var bit = 1UL << position;
        if (available)
            _available[position >> 6] |= bit;
        else
            _available[position >> 6] &= ~bit;
    }
}
