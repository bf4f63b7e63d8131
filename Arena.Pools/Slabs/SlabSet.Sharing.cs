using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

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
    private const int MostGuests = 64;

    private readonly Dictionary<nuint, PageRings> _rings = [];

    // Pages of this slab that may be hosts; made when it is first needed.
    private HostWindow _window = null!;
    private nuint _windowSlab;

    // The live bits of the page that is examined and of those behind it, as far as they were read.
    private ulong[] _pageBits = [];
    private int _readPages;
    private ulong[] _hostBits = [];
    private int _granuleShift;
    private int _bitWords;

    // Pages that are examined between two looks at the clock: about as long as one that is put onto another.
    private const int LooksPerTime = 16;

    private TimeLimit _limit;
    private bool _isOver;
    private int _idleLooks;
    private int _looksSinceTime;

    // Guests side by side whose own storage is still there, and whether the OS ever refused to take some.
    private int _firstGuest;
    private int _guestEnd;
    private bool _wasRefused;
    private nuint _movedBytes;

    // The place at which the next call continues.
    private nuint _roundSlab;
    private int _roundPage;

    private int PageSize => (int)_owner.Arena.OsPageBytes;

    /// <summary>The clock of steps.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>The work so far.</summary>
    public CompactionCounters Compaction { get; } = new();

    /// <summary>The number of pages that show the storage of another.</summary>
    public int GuestCount
    {
        get;
        private set
        {
            field = value;
            Compaction.SharedBytes = (long)value * PageSize;
        }
    }

    /// <summary>Returns the bytes that were copied to hosts since the last call.</summary>
    public nuint TakeMovedBytes()
    {
        var moved = _movedBytes;
        _movedBytes = 0;
        return moved;
    }

    /// <summary>The slots of guests, which have no storage of their own.</summary>
    public int GuestSlotCount => (int)((long)GuestCount * PageSize / _geometry.Layout.StrideBytes);

    /// <summary>Slots with storage of their own, live and free.</summary>
    public int StoredSlotCount => Math.Max(0, SlotCount - GuestSlotCount);

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
        var givenBack = GiveBackRefused();
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
                GuestCount--;
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
            _window.Clear();
        _windowSlab = (nuint)slab;
        var (firstPage, pageEnd) = EligiblePages(slab);
        var isRefused = false;
        page = Math.Max(page, firstPage);
        _firstGuest = _guestEnd = page;
        while (page < pageEnd && left > 0 && !_isOver && !isRefused)
        {
            var pages = Examine(slab, page, left, out var isShared, ref isRefused);
            left -= isShared ? pages : 0;
            _idleLooks = isShared ? 0 : _idleLooks + pages;
            if (isShared)
                givenBack += AddGuests(slab, page, pages);
            _looksSinceTime += isShared ? LooksPerTime : pages;
            if (_looksSinceTime >= LooksPerTime)
                (_isOver, _looksSinceTime) = (_limit.IsOver, 0);
            page += pages;
        }
        givenBack += GiveBackGuests(slab);
        _roundPage = page < pageEnd ? page : 0;
        if (page >= pageEnd)
            _roundSlab = (nuint)slab + 1;
        MarkAvailable(position, !Summary(slab).IsEmpty);
        return !isRefused;
    }

    // Puts a page, and pages behind it, onto hosts of the window, or else into the window. Returns the number of pages.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Examine(byte* slab, int page, int most, out bool isShared, ref bool isRefused)
    {
        isShared = false;
        _readPages = 0;
        if (!IsRead(slab, page, 0))
            return 1;
        while (RingsOf(slab)?.IsHost(page) != true && FindHosts(slab, page, most, out var place) is var run and > 0)
        {
            run = CountFitting(slab, page, place, run);
            if (run == 0)
                continue;
            isRefused = Share(slab, page, _window.PageAt(place), run) is not null;
            isShared = !isRefused;
            for (var i = 0; isShared && i < run; i++)
                Add(PageBits(i), _window.BitsAt(place + i));
            return run;
        }
        return _window.Contains(page) ? 1 : AddGroup(slab, page);
    }

    // Finds the place of a host for a page, if possible one such that pages behind it fit onto those behind the host.
    // Returns the number of pages, or 0.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FindHosts(byte* slab, int page, int most, out int place)
    {
        var found = 0;
        place = -1;
        most = Math.Min(most, HostWindow.GroupPages);
        for (var at = _window.FindFitting(0, PageBits(0)); at < _window.Count && found < most;
             at = _window.FindFitting(at + 1, PageBits(0)))
        {
            // No page may become its own host, or that of its host.
            var bound = Math.Min(most, Math.Abs(_window.PageAt(at) - page));
            var run = Math.Min(bound, 1);
            while (run < bound && _window.IsSideBySide(at, run) && IsRead(slab, page + run, run)
                && RingsOf(slab)?.IsHost(page + run) != true && _window.Fits(at + run, PageBits(run)))
                run++;
            if (run > found)
                (found, place) = (run, at);
        }
        return found;
    }

    // Reads the bits of hosts once more, because the window's may be out of date. Returns how many pages fit.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int CountFitting(byte* slab, int page, int place, int run)
    {
        for (var i = 0; i < run; i++)
        {
            var host = _window.PageAt(place + i);
            if (!IsCrowded(slab, host) && TryRead(slab, host, _hostBits) && !HostWindow.Overlap(_hostBits, PageBits(i)))
            {
                _hostBits.CopyTo(_window.BitsAt(place + i));
                continue;
            }
            _window.RemoveAt(place + i);
            return i;
        }
        return run;
    }

    // A page and those behind it become hosts together, as far as others would hardly fit onto them one by one only.
    private int AddGroup(byte* slab, int page)
    {
        var most = MostOfGroup(PageBits(0));
        var pages = 0;
        do
        {
            _window.Add(page + pages, PageBits(pages));
            pages++;
        }
        while (pages < most && IsRead(slab, page + pages, pages) && !_window.Contains(page + pages));
        return pages;
    }

    // Two pages with k live slots each of n have k * k / n in common places on average. The fewer these are, the more
    // often do pages side by side fit onto others together. Where that is seldom, a group would only keep its pages
    // from becoming guests.
    private int MostOfGroup(ReadOnlySpan<ulong> bits)
    {
        var bytes = (long)CountSet(bits) << _granuleShift;
        var common = bytes * bytes / _geometry.Layout.StrideBytes;
        return 4 * common <= PageSize ? HostWindow.GroupPages : common <= PageSize ? HostWindow.GroupPages / 2 : 1;
    }

    // Reads a page once for all its comparisons; those in front of it were read. Returns false if no other page may
    // share its storage.
    private bool IsRead(byte* slab, int page, int number)
    {
        if (number == _readPages && TryRead(slab, page, PageBits(number)))
            _readPages++;
        return number < _readPages;
    }

    private Span<ulong> PageBits(int number) => _pageBits.AsSpan(number * _bitWords, _bitWords);

    private static void Add(ReadOnlySpan<ulong> bits, Span<ulong> all)
    {
        for (var word = 0; word < all.Length; word++)
            all[word] |= bits[word];
    }

    // Returns the bytes that went back of guests before this one.
    private nuint AddGuests(byte* slab, int page, int count)
    {
        var givenBack = page == _guestEnd ? 0 : GiveBackGuests(slab);
        if (_firstGuest == _guestEnd)
            _firstGuest = page;
        _guestEnd = page + count;
        return givenBack;
    }

    private nuint GiveBackGuests(byte* slab)
    {
        var (first, count) = (_firstGuest, _guestEnd - _firstGuest);
        _firstGuest = _guestEnd;
        if (count == 0)
            return 0;
        var givenBack = GiveBack(slab, first, count);
        _wasRefused |= givenBack < (nuint)count * (nuint)PageSize;
        return givenBack;
    }

    private nuint GiveBack(byte* slab, int firstGuest, int count) => _owner.Arena.GiveBackGuests(
        slab + (nint)firstGuest * PageSize, (nuint)count * (nuint)PageSize, _owner.OwnerToken);

    // Gives back what the OS refused to take before.
    private nuint GiveBackRefused()
    {
        nuint givenBack = 0;
        if (!_wasRefused)
            return givenBack;
        _wasRefused = false;
        foreach (var (slab, rings) in _rings)
        {
            for (var page = 0; page < rings.PageCount; page++)
            {
                var first = page;
                while (page < rings.PageCount && rings.IsGuest(page))
                    page++;
                if (page > first)
                    givenBack += GiveBack((byte*)slab, first, page - first);
            }
        }
        return givenBack;
    }

    // Returns whether a ring is too long for another page: walking it takes time, and pages without a survivor would
    // all join the first.
    private bool IsCrowded(byte* slab, int host) => RingsOf(slab) is { } rings && rings.GuestsOf(host) >= MostGuests;

    private string? Share(byte* slab, int guest, int host, int count)
    {
        var from = slab + (nint)guest * PageSize;
        var to = slab + (nint)host * PageSize;
        for (var i = 0; i < count; i++)
            CopyLive(PageBits(i), from + i * PageSize, to + i * PageSize);
        if (_owner.Arena.SharePages(from, to, (nuint)count * (nuint)PageSize, _owner.OwnerToken) is { } why)
            return why;
        if (!_rings.TryGetValue((nuint)slab, out var rings))
            _rings.Add((nuint)slab, rings = new PageRings(_geometry.Layout.SlabBytes / PageSize));
        for (var i = 0; i < count; i++)
            Join(slab, rings, guest + i, host + i);
        return null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyLive(ReadOnlySpan<ulong> live, byte* from, byte* to)
    {
        fixed (ulong* bits = live)
        {
            var end = PageSize >> _granuleShift;
            for (var first = BitRuns.FirstSet(bits, 0, end); first < end;)
            {
                var runEnd = BitRuns.FirstClear(bits, first, end);
                var (offset, length) = (first << _granuleShift, (runEnd - first) << _granuleShift);
                Buffer.MemoryCopy(from + offset, to + offset, length, length);
                _movedBytes += (nuint)length;
                first = BitRuns.FirstSet(bits, runEnd, end);
            }
        }
    }

    // Slots of the host's other guests may have been freed since they joined.
    private void Join(byte* slab, PageRings rings, int guest, int host)
    {
        rings.Join(guest, host);
        GuestCount++;
        var member = host;
        do
        {
            Rest(slab, member);
            member = rings.Next(member);
        }
        while (member != host);
    }

    private int CountPages()
    {
        var pages = 0;
        for (var i = 0; i < Count; i++)
            pages += Math.Max(0, EligiblePages(this[i]).End - EligiblePages(this[i]).First);
        return pages;
    }

    private PageRings? RingsOf(byte* slab) => _rings.Count == 0 ? null : _rings.GetValueOrDefault((nuint)slab);

    private void PrepareWindow()
    {
        if (_bitWords != 0)
            return;
        // Slots begin and end at multiples of this, in every page.
        _granuleShift = BitOperations.TrailingZeroCount(
            _geometry.Layout.StrideBytes | _geometry.Layout.HeaderBytes | PageSize);
        _bitWords = Math.Max(1, (PageSize >> _granuleShift) / 64);
        _pageBits = new ulong[_bitWords * HostWindow.GroupPages];
        _hostBits = new ulong[_bitWords];
        _window = new HostWindow(_bitWords);
        Debug.Assert((1 << _granuleShift) * 64 >= 64, "a granule is a byte at least");
    }
}
