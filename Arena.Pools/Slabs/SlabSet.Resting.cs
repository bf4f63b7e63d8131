namespace Arena.Pools;

// Words that rest because of shared pages, and pages that cease to be shared.
internal sealed unsafe partial class SlabSet
{
    // Takes every word with a free slot in the page out of use.
    private void Rest(byte* slab, int page)
    {
        var (first, end) = WordsIn(slab, page);
        for (var word = first; word < end; word++)
        {
            if (SlabGeometry.Words(slab)[word] != 0)
                Summary(slab).Remove((nuint)word);
        }
    }

    // Lets words of the page that lie in no shared page be allocated from again. Returns false if no such word has a
    // free slot.
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

    // Returns whether other pages show a word's storage too, so that it has to stay.
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

    // Shortens a range of words: a word that begins or ends within a page that stays shared cannot be a hole.
    private void LeaveShared(byte* slab, ref int firstWord, ref int wordEnd)
    {
        if (RingsOf(slab) is not { } rings)
            return;
        while (firstWord < wordEnd && BreaksShared(slab, rings, firstWord))
            firstWord++;
        while (firstWord < wordEnd && BreaksShared(slab, rings, wordEnd))
            wordEnd--;
    }

    // Returns whether a word begins in the middle of a shared page.
    private bool BreaksShared(byte* slab, PageRings rings, int word)
    {
        var offset = (nuint)(_geometry.WordBase(slab, word) - slab);
        var page = (int)(offset / (nuint)PageSize);
        return offset % (nuint)PageSize != 0 && page < rings.PageCount && rings.IsShared(page);
    }

    private bool BreaksShared(byte* slab, int word) => RingsOf(slab) is { } rings && BreaksShared(slab, rings, word);

    // Lets guests in a range without live slots show their own pages again, which have no storage.
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
            _owner.Arena.ShowOwnPages(slab + (nint)page * PageSize, (nuint)PageSize, _owner.OwnerToken);
            var alone = rings.Leave(page);
            GuestCount--;
            if (alone >= 0)
                Wake(slab, rings, alone);
        }
    }

    // Forgets the rings of a slab: the arena takes the block back, and lets its pages show their own storage.
    private void Forget(byte* slab)
    {
        if (_rings.Remove((nuint)slab, out var rings))
            GuestCount -= rings.GuestCount;
    }

    /// <summary>
    /// Formats a slab whose slots are all free: its pages share no more, and words without storage become holes.
    /// </summary>
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
            AddHole(slab, word);
        }
        for (var page = rings.LastGuestBefore(rings.PageCount); page >= 0; page = rings.LastGuestBefore(page))
            _owner.Arena.ShowOwnPages(slab + (nint)page * PageSize, (nuint)PageSize, _owner.OwnerToken);
        Forget(slab);
    }
}
