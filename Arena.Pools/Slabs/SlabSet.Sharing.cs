using System.Diagnostics;
using System.Numerics;

namespace Arena.Pools;

// Pages of a slab that share one page of storage, because what lives in them does not overlap:
//
//     page 4   | A . . . . B . . |                      page 4   | A . . . . B . . |  --+
//     page 6   | . . C . . . . D |      becomes         page 6   | . . C . . . . D |  --+--  | A . C . . B . D |
//     page 8   | . E . . . . . . |                      page 8   | . E . . . . . . |  --+
//
// Contents are copied to the same offset of the host's storage, then the guest's addresses show that storage, and the
// guest's own goes back to the system (Powers et al., Mesh, PLDI 2019). No address changes. It is done at a call of
// the pool's one owner, so nothing writes meanwhile.
//
// The bytes of a free slot of such a page may belong to another page's live slot, so no allocation may get it. It
// rests: its bit says free, so a free of it is still a bad free, but its word is not in the summary, so no allocation
// takes from it. A slot that is live when its page is shared has its bytes to itself as long as it lives, and also if
// it is freed and handed out again before the next merge. So Free and Allocate need not know of any of this. New slots
// come from elsewhere; a pool at its maximum, or out of memory, parts its pages again.
internal sealed unsafe partial class SlabSet
{
    // The pages that a page is compared with, those found last.
    private const int WindowPages = 64;

    private const int MostGuests = 64;

    private readonly Dictionary<nuint, PageRings> _rings = [];

    private readonly int[] _windowPages = new int[WindowPages];
    private ulong[] _windowBits = [];
    private ulong[] _pageBits = [];
    private ulong[] _hostBits = [];
    private nuint _windowSlab;
    private int _windowCount;
    private int _windowNext;
    private int _granuleShift;
    private int _bitWords;

    // Pages that are examined between two looks at the clock: about as long as one that is put onto another.
    private const int LooksPerTime = 16;

    private TimeLimit _limit;
    private bool _isOver;
    private int _idleLooks;

    // Guests side by side whose own storage is still there.
    private int _firstGuest;
    private int _guestEnd;

    // The place at which the next call continues.
    private nuint _roundSlab;
    private int _roundPage;

    private int PageSize => (int)_owner.Arena.OsPageBytes;

    /// <summary>The clock of steps.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>The number of pages that show the storage of another.</summary>
    public int GuestCount
    {
        get
        {
            var count = 0;
            foreach (var (_, rings) in _rings)
                count += rings.GuestCount;
            return count;
        }
    }

    /// <summary>Slots with storage of their own, live and free: those of guests have none.</summary>
    public int StoredSlotCount =>
        (int)Math.Max(0, SlotCount - (long)GuestCount * PageSize / _geometry.Layout.StrideBytes);

    /// <summary>Begins a round, in which all pages are examined once more.</summary>
    public void BeginRound() => _idleLooks = 0;

    /// <summary>Lets pages share storage, in at most two passes over all pages.</summary>
    /// <param name="maximumPages">The most pages that get a host.</param>
    /// <param name="limit">The time after which no further page is examined.</param>
    /// <param name="isDone">
    /// True if all pages were examined since the last one got a host, or the OS refused one.
    /// </param>
    /// <returns>Bytes of storage that went back to the OS.</returns>
    public nuint Compact(int maximumPages, TimeLimit limit, out bool isDone)
    {
        PrepareWindow();
        nuint givenBack = 0;
        var left = maximumPages;
        isDone = false;
        _limit = limit;
        _isOver = false;
        var first = PositionOf((void*)_roundSlab);
        // This goes from where the last call ended to the end, then from the start to there.
        for (var i = 0; i <= Count && left > 0 && !_isOver; i++)
        {
            var position = (first + i) % Math.Max(Count, 1);
            if (Count != 0 && CompactSlab(position, i == Count, ref left, ref givenBack))
                continue;
            isDone = true;
            break;
        }
        isDone |= _idleLooks >= CountPages();
        return givenBack;
    }

    /// <summary>
    /// Gives guests storage of their own again until a word has free slots. Returns false if there are no guests.
    /// </summary>
    public bool TryPart()
    {
        foreach (var (address, rings) in _rings)
        {
            var slab = (byte*)address;
            for (var page = rings.LastGuestBefore(rings.PageCount); page >= 0; page = rings.LastGuestBefore(page))
            {
                if (_owner.Arena.PartPage(slab + (nint)page * PageSize, _owner.OwnerToken) is not null)
                    return false;
                var alone = rings.Leave(page);
                var woke = Wake(slab, rings, page) | (alone >= 0 && Wake(slab, rings, alone));
                if (!woke)
                    continue;
                MarkAvailable(PositionOf(slab), true);
                return true;
            }
        }
        return false;
    }

    private bool CompactSlab(int position, bool isSecondVisit, ref int left, ref nuint givenBack)
    {
        var slab = this[position];
        var page = (nuint)slab == _roundSlab && !isSecondVisit ? _roundPage : 0;
        _roundSlab = (nuint)slab;
        if ((nuint)slab != _windowSlab)
            _windowCount = _windowNext = 0;
        _windowSlab = (nuint)slab;
        var (firstPage, pageEnd) = EligiblePages(slab);
        var isRefused = false;
        page = Math.Max(page, firstPage);
        for (_firstGuest = _guestEnd = page; page < pageEnd && left > 0 && !_isOver && !isRefused; page++)
        {
            var isShared = TryShare(slab, page, ref isRefused);
            left -= isShared ? 1 : 0;
            _idleLooks = isShared ? 0 : _idleLooks + 1;
            if (isShared)
                givenBack += AddGuest(slab, page);
            _isOver = (isShared || page % LooksPerTime == 0) && _limit.IsOver;
        }
        givenBack += GiveBackGuests(slab);
        _roundPage = page < pageEnd ? page : 0;
        if (page >= pageEnd)
            _roundSlab = (nuint)slab + 1;
        MarkAvailable(position, !Summary(slab).IsEmpty);
        return !isRefused;
    }

    // Puts a page onto a host of the window, or else into the window.
    private bool TryShare(byte* slab, int page, ref bool isRefused)
    {
        var isHost = RingsOf(slab)?.IsHost(page) == true;
        if (!TryRead(slab, page, _pageBits))
            return false;
        for (var place = isHost ? -1 : FindHost(0); place >= 0; place = FindHost(place + 1))
        {
            // The window's bits of this page may be out of date.
            var host = _windowPages[place];
            if (host == page || IsCrowded(slab, host) || !TryRead(slab, host, _hostBits) || Overlap(_hostBits))
            {
                BitsOf(place).Fill(ulong.MaxValue);
                continue;
            }
            isRefused = Share(slab, page, host) is not null;
            if (isRefused)
                return false;
            for (var word = 0; word < _bitWords; word++)
                BitsOf(place)[word] = _hostBits[word] | _pageBits[word];
            return true;
        }
        AddToWindow(page);
        return false;
    }

    // Returns the bytes that went back of guests before this one.
    private nuint AddGuest(byte* slab, int page)
    {
        var givenBack = page == _guestEnd ? 0 : GiveBackGuests(slab);
        if (_firstGuest == _guestEnd)
            _firstGuest = page;
        _guestEnd = page + 1;
        return givenBack;
    }

    private nuint GiveBackGuests(byte* slab)
    {
        var (first, count) = (_firstGuest, _guestEnd - _firstGuest);
        _firstGuest = _guestEnd;
        return count == 0
            ? 0
            : _owner.Arena.GiveBackGuests(
                slab + (nint)first * PageSize, (nuint)count * (nuint)PageSize, _owner.OwnerToken);
    }

    // Reads the live bytes of a page's storage. Returns false if no other page may share it.
    private bool TryRead(byte* slab, int page, Span<ulong> bits)
    {
        var rings = RingsOf(slab);
        if (page >= EligiblePages(slab).End || rings?.IsGuest(page) == true || OverlapsHole(slab, page))
            return false;
        bits.Clear();
        AddLive(slab, page, bits);
        if (rings?.IsHost(page) == true)
        {
            for (var other = rings.Next(page); other != page; other = rings.Next(other))
                AddLive(slab, other, bits);
        }
        var live = 0;
        foreach (var word in bits)
            live += BitOperations.PopCount(word);
        return live < PageSize >> _granuleShift;
    }

    // Returns whether a ring is too long for another page: walking it takes time, and pages without a survivor would
    // all join the first.
    private bool IsCrowded(byte* slab, int host) => RingsOf(slab) is { } rings && rings.GuestsOf(host) >= MostGuests;

    private Span<ulong> BitsOf(int place) => _windowBits.AsSpan(place * _bitWords, _bitWords);

    private bool Overlap(ReadOnlySpan<ulong> bits)
    {
        var word = 0;
        while (word < _bitWords && (bits[word] & _pageBits[word]) == 0)
            word++;
        return word < _bitWords;
    }

    private int FindHost(int from)
    {
        for (var place = from; place < _windowCount; place++)
        {
            if (!Overlap(BitsOf(place)))
                return place;
        }
        return -1;
    }

    private void AddToWindow(int page)
    {
        var place = _windowNext;
        _windowNext = (_windowNext + 1) % WindowPages;
        _windowCount = Math.Max(_windowCount, place + 1);
        _windowPages[place] = page;
        _pageBits.CopyTo(BitsOf(place));
    }

    private string? Share(byte* slab, int guest, int host)
    {
        var from = slab + (nint)guest * PageSize;
        var to = slab + (nint)host * PageSize;
        fixed (ulong* bits = _pageBits)
        {
            var end = PageSize >> _granuleShift;
            for (var first = BitRuns.FirstSet(bits, 0, end); first < end;)
            {
                var runEnd = BitRuns.FirstClear(bits, first, end);
                var (offset, length) = (first << _granuleShift, (runEnd - first) << _granuleShift);
                Buffer.MemoryCopy(from + offset, to + offset, length, length);
                first = BitRuns.FirstSet(bits, runEnd, end);
            }
        }
        if (_owner.Arena.SharePage(from, to, _owner.OwnerToken) is { } why)
            return why;
        if (!_rings.TryGetValue((nuint)slab, out var rings))
            _rings.Add((nuint)slab, rings = new PageRings(_geometry.Layout.SlabBytes / PageSize));
        rings.Join(guest, host);
        var member = host;
        do
        {
            Rest(slab, member);
            member = rings.Next(member);
        }
        while (member != host);
        return null;
    }

    private int CountPages()
    {
        var pages = 0;
        for (var i = 0; i < Count; i++)
            pages += Math.Max(0, EligiblePages(this[i]).End - EligiblePages(this[i]).First);
        return pages;
    }

    private PageRings? RingsOf(byte* slab) => _rings.Count == 0 ? null : _rings.GetValueOrDefault((nuint)slab);

    // Returns the pages that lie in whole words of slots.
    private (int First, int End) EligiblePages(byte* slab)
    {
        var header = (nuint)_geometry.Layout.HeaderBytes;
        var wholeWords = _geometry.State(slab).SlotCount / 64;
        var end = (nuint)(_geometry.WordBase(slab, wholeWords) - slab);
        return ((int)(Align.Up(header, (nuint)PageSize) / (nuint)PageSize), (int)(end / (nuint)PageSize));
    }

    private (int First, int End) WordsIn(byte* slab, int page)
    {
        var wordBytes = 64 * _geometry.Layout.StrideBytes;
        var offset = (long)page * PageSize - _geometry.Layout.HeaderBytes;
        return (
            (int)(offset / wordBytes),
            (int)Math.Min((offset + PageSize + wordBytes - 1) / wordBytes, WordCount(slab)));
    }

    private (int First, int End) PagesOf(byte* slab, int word)
    {
        var first = _geometry.WordBase(slab, word) - slab;
        var end = first + 64L * _geometry.Layout.StrideBytes;
        return (
            (int)(first / PageSize),
            (int)Math.Min((end + PageSize - 1) / PageSize, _geometry.Layout.SlabBytes / PageSize));
    }

    private bool OverlapsHole(byte* slab, int page)
    {
        if (_holeSlots == 0)
            return false;
        var (first, end) = WordsIn(slab, page);
        for (var word = first; word < end; word++)
        {
            if (IsHole(slab, word))
                return true;
        }
        return false;
    }

    // Adds the bytes of live slots in a page; a slot in two pages counts only as far as it lies in this one.
    private void AddLive(byte* slab, int page, Span<ulong> all)
    {
        var stride = _geometry.Layout.StrideBytes;
        var start = (long)page * PageSize - _geometry.Layout.HeaderBytes;
        var (first, end) = WordsIn(slab, page);
        fixed (ulong* bits = all)
        {
            for (var word = first; word < end; word++)
            {
                var live = ~SlabGeometry.Words(slab)[word] & FullWord(slab, word);
                for (; live != 0; live &= live - 1)
                {
                    var slot = 64 * word + BitOperations.TrailingZeroCount(live);
                    var from = Math.Max((long)slot * stride - start, 0);
                    var to = Math.Min(((long)slot + 1) * stride - start, PageSize);
                    if (from < to)
                        BitRuns.Set(bits, (int)(from >> _granuleShift), (int)(to >> _granuleShift));
                }
            }
        }
    }

    private void PrepareWindow()
    {
        if (_bitWords != 0)
            return;
        // Slots begin and end at multiples of this, in every page.
        _granuleShift = BitOperations.TrailingZeroCount(
            _geometry.Layout.StrideBytes | _geometry.Layout.HeaderBytes | PageSize);
        _bitWords = Math.Max(1, (PageSize >> _granuleShift) / 64);
        _pageBits = new ulong[_bitWords];
        _hostBits = new ulong[_bitWords];
        _windowBits = new ulong[_bitWords * WindowPages];
        Debug.Assert((1 << _granuleShift) * 64 >= 64, "a granule is a byte at least");
    }
}
