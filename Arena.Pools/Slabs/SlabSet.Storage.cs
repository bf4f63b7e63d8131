using System.Numerics;

namespace Arena.Pools;

// Takes storage for slabs and gives it back. A slab of a given size is a block of the arena with storage from the first
// moment. A sparse slab is a block of addresses that gets storage as slots are needed:
//
//     | bitmap ...... | summary, state, slots ................ | addresses only ....................... |
//       ^ as far as      ^ WordCount words of slots, in steps    ^ the next step
//         the slots go
//
// Trim makes holes: words whose slots are all free and without storage, and that are not in the summary. No allocation
// takes from them; a free of such a slot is a free of a free slot, and no walk visits it. Holes are filled again before
// a slab grows.
internal sealed unsafe partial class SlabSet
{
    private const int LeastStepBytes = 16 << 10;
    private const int MostStepBytes = 2 << 20; // a huge page, which the arena asks for where one is committed whole

    // The bytes that one call makes ready. There may be storage for more, but a listener writes to every slot, and must
    // not touch megabytes at once in the middle of a frame.
    private const int MostReadyBytes = 64 << 10;

    // A hole costs a call to the OS, and another one when it is filled.
    private const int LeastHoleBytes = 64 << 10;

    private int _holeSlots;

    // A bound: no word of the bitmaps below this address is a hole.
    private ulong* _holesFrom;

    // The addresses of the first sparse slab until it is needed.
    private byte* _claimed;

    /// <summary>Takes the addresses of a sparse slab, which cost no storage. Returns false if there are none.</summary>
    public bool TryClaim() => LendSparse(out _claimed) is null;

    /// <summary>Returns why a pool whose live slots have reached its maximum serves no more.</summary>
    public static string WhyFull(int maximumSlots) =>
        $"all {maximumSlots} slots of its maximum are live; raise PoolOptions.MaximumSlots";

    /// <summary>
    /// Adds slots: from holes, by further storage in a slab, or by another slab. Returns null, or the reason why it
    /// cannot.
    /// </summary>
    public string? Grow()
    {
        var why = GrowByStorage();
        return why is not null && _rings.Count != 0 && TryPart() ? null : why;
    }

    /// <summary>Adds slots without waking those that rest.</summary>
    public string? GrowByStorage()
    {
        var room = _maximumSlots - SlotCount;
        if (room <= 0)
            return WhyFull(_maximumSlots);
        if (_holeSlots > 0)
            return FillHole();
        for (var i = 0; i < Count && _geometry.IsSparse; i++)
        {
            if (_geometry.State(this[i]).SlotCount < _geometry.SlotCount)
                return Extend(this[i], room);
        }
        return _geometry.IsSparse ? AddSparse(room) : AddWhole(room);
    }

    public bool IsHole(byte* slab, int word) =>
        _holeSlots != 0 && IsFree(slab, word) && !Summary(slab).Contains((nuint)word) && !IsResting(slab, word);

    /// <summary>
    /// Returns whether a slab is only addresses, without a slot so far. Its first page has the owner's token, but may
    /// have no storage, and no header.
    /// </summary>
    public bool IsClaim(byte* slab) => slab == _claimed;

    /// <summary>Gives back storage that a failed step of growth left there.</summary>
    /// <returns>Bytes really given back.</returns>
    public nuint TrimClaim() => _claimed == null ? 0 : Decommit(_claimed, _claimed + _geometry.Layout.SlabBytes);

    /// <summary>Gives the storage of pages without a live slot back to the OS.</summary>
    /// <returns>Bytes really given back.</returns>
    public nuint TrimInside(byte* slab)
    {
        if (!_geometry.IsSparse)
            return 0;
        var end = WordCount(slab);
        while (end > 0 && IsFree(slab, end - 1) && !HasGuests(slab, end - 1))
            end--;
        while (end < WordCount(slab) && BreaksShared(slab, end))
            end++;
        var givenBack = CutEnd(slab, end);
        for (var word = 0; word < end; word++)
        {
            var first = word;
            while (word < end && IsFree(slab, word) && !HasGuests(slab, word))
                word++;
            givenBack += MakeHole(slab, first, word);
        }
        MarkAvailable(PositionOf(slab), !Summary(slab).IsEmpty);
        return givenBack;
    }

    private int CountBeforeHole(byte* slab)
    {
        if (_holeSlots != 0)
        {
            var word = FirstHole(slab);
            if (word < WordCount(slab))
                return 64 * word;
        }
        return _geometry.State(slab).SlotCount;
    }

    // Returns the first word that is a hole, or WordCount. No slab below may have one: the next search begins there.
    private int FirstHole(byte* slab)
    {
        var words = SlabGeometry.Words(slab);
        var end = WordCount(slab);
        var word = _holesFrom <= words ? 0 : (int)Math.Min(_holesFrom - words, end);
        for (; word < end && !IsHole(slab, word); word++)
            Steps++;
        if (words + word > _holesFrom)
            _holesFrom = words + word;
        return word;
    }

    private string? AddWhole(int room)
    {
        var why = _owner.Arena.Lend(
            (nuint)_geometry.Layout.SlabBytes, _geometry.AlignmentBytes, _owner.OwnerToken, out var block);
        if (why is not null)
            return why;
        why = Begin((byte*)block.Address, Math.Min(_geometry.SlotCount, room));
        if (why is not null)
            GiveBack((byte*)block.Address, decommit: false);
        return why;
    }

    private string? AddSparse(int room)
    {
        var slab = _claimed;
        var why = slab == null ? LendSparse(out slab) : null;
        if (why is not null)
            return why;
        _claimed = slab;
        why = CommitSlots(slab, 0, room, out var slots) ?? Begin(slab, slots);
        if (why is null)
            _claimed = null;
        return why;
    }

    private string? LendSparse(out byte* slab)
    {
        var why = _owner.Arena.LendAddresses(
            (nuint)_geometry.Layout.SlabBytes, _geometry.AlignmentBytes, _owner.OwnerToken, out var block);
        slab = (byte*)block.Address;
        return why;
    }

    private string? Begin(byte* slab, int slots)
    {
        var firstIndex = 0u;
        if (_listener?.Entering(slab, _geometry.SlotCount, out firstIndex) is { } why)
            return why;
        _geometry.SummaryWords(slab).Clear();
        _geometry.State(slab) = new SlabState { FirstIndex = firstIndex };
        AddSlots(slab, slots);
        Insert(slab);
        return null;
    }

    private string? Extend(byte* slab, int room)
    {
        var stored = _geometry.State(slab).SlotCount;
        var why = CommitSlots(slab, stored, room, out var slots);
        if (why is null)
        {
            AddSlots(slab, stored + slots);
            MarkAvailable(PositionOf(slab), true);
        }
        return why;
    }

    // If a maximum ended the slab within a word, the word's first slots may be live.
    private void AddSlots(byte* slab, int slotEnd)
    {
        ref var state = ref _geometry.State(slab);
        var first = state.SlotCount;
        state.SlotCount = slotEnd;
        SlotCount += slotEnd - first;
        var word = first / 64;
        if (first % 64 != 0)
        {
            SlabGeometry.Words(slab)[word] |= FullWord(slab, word) & (ulong.MaxValue << first);
            Summary(slab).Add((nuint)word++);
        }
        for (; word < WordCount(slab); word++)
            FormatWord(slab, word);
        _listener?.Added(_owner.OwnerToken, Run(slab, first, slotEnd - first));
    }

    // Commits slots, in steps of a quarter to a half of the present storage, so that a pool of any size asks seldom and
    // never holds much more than it needs. If there is no memory for a step, it tries half of it, down to a single
    // word.
    private string? CommitSlots(byte* slab, int stored, int room, out int slots)
    {
        var wordBytes = 64 * (nuint)_geometry.Layout.StrideBytes;
        var before = (nuint)_geometry.Layout.HeaderBytes + (nuint)stored / 64 * wordBytes;
        var most = Math.Min(_geometry.SlotCount - stored, room);
        var begun = stored % 64;
        var least = _owner.Arena.PrefersHugePages ? MostStepBytes : LeastStepBytes;
        var step = Math.Clamp(
            BitOperations.RoundUpToPowerOf2((nuint)stored / 64 * wordBytes) / 4, (nuint)least, MostStepBytes);
        while (true)
        {
            var end = Math.Min(Align.Up(before + step / 2, step), (nuint)_geometry.Layout.SlabBytes);
            var words = Math.Clamp((end - before) / wordBytes, 1, Math.Max(1, MostReadyBytes / wordBytes));
            slots = Math.Min(64 * (int)words - begun, most);
            var needed = before + (nuint)(begun + slots) * wordBytes / 64;
            var why = CommitBitmap(slab, stored + slots)
                ?? Commit(slab + (stored == 0 ? _geometry.BitmapBytes : before), slab + Math.Max(end, needed));
            if (why is null || (words == 1 && end <= needed))
                return why;
            step /= 2;
        }
    }

    private string? CommitBitmap(byte* slab, int slotEnd) => Commit(slab, slab + (slotEnd + 63) / 64 * sizeof(ulong));

    private string? Commit(byte* from, byte* end)
    {
        var page = _owner.Arena.OsPageBytes;
        var first = (nuint)from & ~(page - 1);
        return _owner.Arena.Commit(
            (void*)first, Align.Up((nuint)end, page) - first, _owner.OwnerToken, out _);
    }

    private nuint Decommit(byte* from, byte* end)
    {
        var page = _owner.Arena.OsPageBytes;
        var first = Align.Up((nuint)from, page);
        var last = (nuint)end & ~(page - 1);
        return first < last ? _owner.Arena.Decommit((void*)first, last - first, _owner.OwnerToken) : 0;
    }

    private nuint CutEnd(byte* slab, int wordEnd)
    {
        ref var state = ref _geometry.State(slab);
        for (var word = wordEnd; word < WordCount(slab); word++)
        {
            if (IsHole(slab, word))
                _holeSlots -= 64;
            else
                Drop(slab, word);
        }
        Release(slab, _geometry.WordBase(slab, wordEnd), slab + _geometry.Layout.SlabBytes);
        state.SlotCount = Math.Min(state.SlotCount, 64 * wordEnd);
        return Decommit(_geometry.PlaceBase(slab, wordEnd), slab + _geometry.Layout.SlabBytes);
    }

    private nuint MakeHole(byte* slab, int firstWord, int wordEnd)
    {
        LeaveShared(slab, ref firstWord, ref wordEnd);
        var page = _owner.Arena.OsPageBytes;
        var wordBytes = 64 * (nuint)_geometry.Layout.StrideBytes;
        var slots = (nuint)_geometry.PlaceBase(slab, 0);
        var from = Align.Up(slots + (nuint)firstWord * wordBytes, page);
        var end = (slots + (nuint)wordEnd * wordBytes) & ~(page - 1);
        if (end < from + LeastHoleBytes)
            return 0;
        var lastWord = (int)((end - 1 - slots) / wordBytes);
        for (var word = (int)((from - slots) / wordBytes); word <= lastWord; word++)
        {
            if (IsHole(slab, word))
                continue;
            Drop(slab, word);
            AddHole(slab, word);
        }
        Release(slab, (byte*)from, (byte*)end);
        return Decommit((byte*)from, (byte*)end);
    }

    private void AddHole(byte* slab, int word)
    {
        var hole = SlabGeometry.Words(slab) + word;
        if (hole < _holesFrom)
            _holesFrom = hole;
        _holeSlots += 64;
    }

    private void Drop(byte* slab, int word)
    {
        Forget(slab, word);
        Summary(slab).Remove((nuint)word);
    }

    // Fills the lowest hole, or as much of it as a step of growth has.
    private string? FillHole()
    {
        for (var i = 0; ; i++)
        {
            var slab = this[i];
            var word = FirstHole(slab);
            if (word == WordCount(slab))
                continue;
            var why = FillHole(slab, word);
            if (why is null)
                MarkAvailable(i, true);
            return why;
        }
    }

    private string? FillHole(byte* slab, int word)
    {
        var end = word + 1;
        var mostWords = Math.Max(1, LeastHoleBytes / (64 * _geometry.Layout.StrideBytes));
        while (end < WordCount(slab) && end - word < mostWords && IsHole(slab, end))
            end++;
        var why = Commit(_geometry.PlaceBase(slab, word), _geometry.PlaceBase(slab, end));
        if (why is not null && end > word + 1)
        {
            end = word + 1;
            why = Commit(_geometry.PlaceBase(slab, word), _geometry.PlaceBase(slab, end));
        }
        if (why is not null)
            return why;
        var slots = 64 * (end - word);
        _holeSlots -= slots;
        SlotCount += slots;
        for (var filled = word; filled < end; filled++)
            FormatWord(slab, filled);
        _listener?.Added(_owner.OwnerToken, Run(slab, 64 * word, slots));
        return null;
    }
}
