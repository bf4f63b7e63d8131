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
// A free slot of such a page may be bytes of another page's live slot, so it is not handed out. It rests: its bit says
// free, so a free of it is still a bad free, but its word is not in the summary, so no allocation takes from it. A slot
// that lives when its page is shared has its bytes to itself as long as it lives, and if it is freed and handed out
// again before the next merge. So Free and Allocate need not know of any of this. New slots come from elsewhere; a
// pool that may have no more, or gets no more, parts its pages again.
internal sealed unsafe partial class SlabSet
{
    // Storage that a page is tried against, the ones found last.
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

    private int _looksLeft;
    private int _idleLooks;

    // Where the next call goes on.
    private nuint _roundSlab;
    private int _roundPage;

    private int PageSize => (int)_owner.Arena.OsPageBytes;

    /// <summary>Pages that show the storage of another.</summary>
    public int GuestCount => _rings.Count == 0 ? 0 : _rings.Values.Sum(rings => rings.GuestCount);

    /// <summary>Lets pages share storage; goes over all pages twice at most.</summary>
    /// <param name="maximumPages">Pages that get a host at most.</param>
    /// <param name="maximumLooks">Pages to look at, at most.</param>
    /// <param name="isDone">All pages were looked at since one got a host, or the OS refused one.</param>
    /// <returns>Bytes of storage that went back to the OS.</returns>
    public nuint Compact(int maximumPages, int maximumLooks, out bool isDone)
    {
        PrepareWindow();
        nuint givenBack = 0;
        var left = maximumPages;
        isDone = false;
        _looksLeft = maximumLooks;
        var first = PositionOf((void*)_roundSlab);
        // From where the last call ended to the end, then from the start to there.
        for (var i = 0; i <= Count && left > 0 && _looksLeft > 0; i++)
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
    /// Gives guests storage of their own again until a word has free slots; false if there is no storage for one.
    /// </summary>
    public bool TryPart()
    {
        foreach (var (address, rings) in _rings)
        {
            var slab = (byte*)address;
            for (var page = rings.LastGuestBefore(rings.PageCount); page >= 0; page = rings.LastGuestBefore(page))
            {
                if (_owner.Arena.PartPage(slab + ((nint)page * PageSize), _owner.OwnerToken) is not null)
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
        for (page = Math.Max(page, firstPage); page < pageEnd && left > 0 && _looksLeft > 0 && !isRefused; page++)
        {
            _looksLeft--;
            var gain = CompactPage(slab, page, ref isRefused);
            left -= gain == 0 ? 0 : 1;
            _idleLooks = gain == 0 ? _idleLooks + 1 : 0;
            givenBack += gain > 1 ? gain : 0;
        }
        _roundPage = page < pageEnd ? page : 0;
        if (page >= pageEnd)
            _roundSlab = (nuint)slab + 1;
        MarkAvailable(position, !Summary(slab).IsEmpty);
        return !isRefused;
    }

    // 0 where it was not shared; else the bytes that went back, or 1 where the OS kept them.
    private nuint CompactPage(byte* slab, int page, ref bool isRefused)
    {
        var isHost = RingsOf(slab)?.IsHost(page) == true;
        if (!TryRead(slab, page, _pageBits))
            return 0;
        if (!isHost)
        {
            for (var place = FindHost(0); place >= 0; place = FindHost(place + 1))
            {
                // What the window knows of it may be old.
                var host = _windowPages[place];
                if (host == page || IsCrowded(slab, host) || !TryRead(slab, host, _hostBits) || Overlap(_hostBits))
                {
                    BitsOf(place).Fill(ulong.MaxValue);
                    continue;
                }
                isRefused = Share(slab, page, host, out var givenBack) is not null;
                if (isRefused)
                    return 0;
                for (var word = 0; word < _bitWords; word++)
                    BitsOf(place)[word] = _hostBits[word] | _pageBits[word];
                return Math.Max(givenBack, 1);
            }
        }
        AddToWindow(page);
        return 0;
    }

    // What lives in a page's storage; false where no others may share it.
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

    // Going round a ring takes time, and pages without a survivor would all join the first one.
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

    private string? Share(byte* slab, int guest, int host, out nuint givenBack)
    {
        var from = slab + ((nint)guest * PageSize);
        var to = slab + ((nint)host * PageSize);
        fixed (ulong* bits = _pageBits)
        {
            var end = PageSize >> _granuleShift;
            for (var first = GranuleBits.FirstSet(bits, 0, end); first < end;)
            {
                var runEnd = GranuleBits.FirstClear(bits, first, end);
                var (offset, length) = (first << _granuleShift, (runEnd - first) << _granuleShift);
                Buffer.MemoryCopy(from + offset, to + offset, length, length);
                first = GranuleBits.FirstSet(bits, runEnd, end);
            }
        }
        if (_owner.Arena.SharePage(from, to, _owner.OwnerToken, out givenBack) is { } why)
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

    // No word with a free slot in the page is allocated from any more.
    private void Rest(byte* slab, int page)
    {
        var (first, end) = WordsIn(slab, page);
        for (var word = first; word < end; word++)
        {
            if (SlabGeometry.Words(slab)[word] != 0)
                Summary(slab).Remove((nuint)word);
        }
    }

    // Words of the page that lie in no shared page are allocated from again; false where no such word has a free slot.
    private bool Wake(byte* slab, PageRings rings, int page)
    {
        var woke = false;
        var (first, end) = WordsIn(slab, page);
        for (var word = first; word < end; word++)
        {
            if (SlabGeometry.Words(slab)[word] == 0 || IsResting(slab, rings, word))
                continue;
            Summary(slab).Add((nuint)word);
            woke = true;
        }
        return woke;
    }

    private bool IsResting(byte* slab, int word) => RingsOf(slab) is { } rings && IsResting(slab, rings, word);

    private bool IsResting(byte* slab, PageRings rings, int word)
    {
        var (first, end) = PagesOf(slab, word);
        for (var page = first; page < end; page++)
        {
            if (rings.IsShared(page))
                return true;
        }
        return false;
    }

    // Whether storage of a word is shown by other pages too, so that it has to stay.
    private bool HasGuests(byte* slab, int word)
    {
        if (RingsOf(slab) is not { } rings)
            return false;
        var (first, end) = PagesOf(slab, word);
        for (var page = first; page < end; page++)
        {
            if (rings.IsHost(page))
                return true;
        }
        return false;
    }

    // A word that begins or ends within a page that stays shared cannot be a hole.
    private void LeaveShared(byte* slab, ref int firstWord, ref int wordEnd)
    {
        if (RingsOf(slab) is not { } rings)
            return;
        while (firstWord < wordEnd && BreaksShared(slab, rings, firstWord))
            firstWord++;
        while (firstWord < wordEnd && BreaksShared(slab, rings, wordEnd))
            wordEnd--;
    }

    // Whether a word begins in the middle of a shared page.
    private bool BreaksShared(byte* slab, PageRings rings, int word)
    {
        var offset = (nuint)(_geometry.WordBase(slab, word) - slab);
        var page = (int)(offset / (nuint)PageSize);
        return offset % (nuint)PageSize != 0 && page < rings.PageCount && rings.IsShared(page);
    }

    private bool BreaksShared(byte* slab, int word) => RingsOf(slab) is { } rings && BreaksShared(slab, rings, word);

    // Guests in a range in which nothing lives show their own pages again, which have no storage.
    private void Release(byte* slab, byte* from, byte* end)
    {
        if (RingsOf(slab) is not { } rings || from >= end)
            return;
        var first = (int)((nuint)(from - slab + PageSize - 1) / (nuint)PageSize);
        var pageEnd = (int)((nuint)(end - slab) / (nuint)PageSize);
        for (var page = first; page < pageEnd; page++)
        {
            if (!rings.IsGuest(page))
                continue;
            _owner.Arena.ShowOwnPages(slab + ((nint)page * PageSize), (nuint)PageSize, _owner.OwnerToken);
            var alone = rings.Leave(page);
            if (alone >= 0)
                Wake(slab, rings, alone);
        }
    }

    // The arena is about to take the block back, and lets its pages show their own storage.
    private void Forget(byte* slab) => _rings.Remove((nuint)slab);

    /// <summary>All slots of a slab are free: its pages share no more, and what has no storage is a hole.</summary>
    public void FormatShared(byte* slab)
    {
        if (RingsOf(slab) is not { } rings)
            return;
        for (var word = 0; word < WordCount(slab); word++)
        {
            var (first, end) = PagesOf(slab, word);
            var (isHole, isShared) = (false, false);
            for (var page = first; page < end; page++)
            {
                isHole |= rings.IsGuest(page);
                isShared |= rings.IsShared(page);
            }
            if (isShared && !isHole)
                FormatWord(slab, word);
            if (!isHole)
                continue;
            Drop(slab, word);
            SlabGeometry.Words(slab)[word] = FullWord(slab, word);
            _holeSlots += 64;
        }
        for (var page = rings.LastGuestBefore(rings.PageCount); page >= 0; page = rings.LastGuestBefore(page))
            _owner.Arena.ShowOwnPages(slab + ((nint)page * PageSize), (nuint)PageSize, _owner.OwnerToken);
        Forget(slab);
    }
}
