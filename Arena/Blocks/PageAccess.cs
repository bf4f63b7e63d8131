using Arena.Os;

namespace Arena;

/// <summary>
/// Makes pages of an arena accessible and counts the mappings that this takes. On Linux access is only ever given: a
/// page that goes back to the system stays accessible, so that a trim divides no mapping, and using the page again
/// needs no call. On other systems access comes and goes with storage. It is called under the arena's lock.
/// </summary>
internal sealed unsafe class PageAccess
{
    private readonly VirtualMemory _memory;
    private readonly ArenaMappings _mappings;
    private readonly PageMap _map;
    private readonly byte* _base;
    private readonly int _pageShift;
    private readonly int _hugePages;
    private readonly bool _hasGuards;

    public PageAccess(
        VirtualMemory memory, ArenaMappings mappings, PageMap map, byte* firstPage, int pageShift, bool hasGuards)
    {
        _memory = memory;
        _mappings = mappings;
        _map = map;
        _base = firstPage;
        _pageShift = pageShift;
        _hugePages = (int)(memory.HugePageBytes >> pageShift);
        _hasGuards = hasGuards;
    }

    /// <summary>The pages that show the storage of others, if the arena permits that.</summary>
    public PageSharing? Sharing { get; set; }

    /// <summary>Is notified of pages that lost their storage, or may have, and so their contents.</summary>
    public Action<int, int>? Closed { get; set; }

    /// <summary>Pages of a huge page; 0 where there are none.</summary>
    public int HugePages => _hugePages;

    /// <summary>True if pages that went back to the system stay accessible, and may go back once more.</summary>
    public bool KeepsAccess => _memory.DecommitKeepsAccess;

    // A guard that is a page without access would be made accessible with the gap around it.
    private bool FillsGaps => !_hasGuards || _memory.GuardsOverlay;

    /// <summary>
    /// Returns whether the system never gave out the pages [first, end): once open, all of them read as zero. A page
    /// that stayed accessible may have been written since, through an old pointer.
    /// </summary>
    public bool IsFresh(int first, int end)
    {
        var known = Math.Min(end, _map.KnownPages);
        return first >= known || _map.Accessible.FirstSet(first, known) == known;
    }

    /// <summary>
    /// Makes the pages [first, end), all of them without storage, accessible. Returns null, or why it cannot.
    /// </summary>
    public string? Open(int first, int end)
    {
        for (var page = _map.Accessible.FirstClear(first, end); page < end;)
        {
            var runEnd = _map.Accessible.FirstSet(page, end);
            if (OpenRun(page, runEnd) is { } why)
                return why;
            page = _map.Accessible.FirstClear(runEnd, end);
        }
        // Any of these pages may have been a guard behind a block.
        var error = _hasGuards ? _memory.Unguard(Address(first), Bytes(end - first)) : OsError.None;
        return error.Failed ? error.ToString() : null;
    }

    /// <summary>Gives the storage of the pages [first, end) back.</summary>
    public OsError Close(int first, int end)
    {
        var error = _memory.Decommit(Address(first), Bytes(end - first));
        Closed?.Invoke(first, end);
        if (error.Failed)
            return error;
        if (!_memory.DecommitKeepsAccess)
            _map.Accessible.Clear(first, end - first);
        AdviseSmall(first, end);
        return error;
    }

    /// <summary>Makes accesses to a page fault. Returns null, or why it cannot. The page loses its storage.</summary>
    public string? Guard(int page)
    {
        var error = OsError.None;
        if (_memory.GuardsOverlay)
            error = _memory.Guard(Address(page));
        else if (_map.Accessible[page])
            return TakeAccess(page);
        // Among accessible pages it divides no mapping if it has the same access as they have.
        if (!error.Failed && _memory.GuardsOverlay && !_map.Accessible[page])
            _ = OpenRun(page, page + 1);
        return error.Failed ? error.ToString() : null;
    }

    /// <summary>Requests huge pages where the accessible pages [from, end) span whole ones.</summary>
    public void AdviseHuge(int from, int end)
    {
        if (_hugePages == 0)
            return;
        from = (from + _hugePages - 1) & -_hugePages;
        end &= -_hugePages;
        for (var page = from >= end ? end : _map.Huge.FirstClear(from, end); page < end;)
        {
            var runEnd = _map.Huge.FirstSet(page, end);
            AdviseRun(page, runEnd, huge: true);
            page = _map.Huge.FirstClear(runEnd, end);
        }
    }

    private nuint Bytes(int pages) => (nuint)pages << _pageShift;

    private byte* Address(int page) => _base + Bytes(page);

    private string? OpenRun(int page, int end)
    {
        var borders = Borders(page, end);
        _map.Accessible.Set(page, end - page);
        var more = Borders(page, end) - borders;
        _map.Accessible.Clear(page, end - page);
        if (more > 0 && !_mappings.HasShareForPages(more))
        {
            var (from, to) = FillsGaps ? WithGap(page, end) : (page, end);
            if (to - from > end - page && MakeAccessible(from, to) is null)
                return null;
            if (!FillsGaps || !_mappings.PermitsPages(more))
                return _mappings.WhyNoMore;
        }
        return MakeAccessible(page, end);
    }

    // Extends a range down to the accessible pages below it, or else up to those above it: then no mapping is added.
    private (int From, int To) WithGap(int page, int end)
    {
        var below = _map.Accessible.LastSet(0, page);
        if (below >= 0)
            return (below + 1, end);
        var above = _map.Accessible.FirstSet(end, _map.KnownPages);
        return above < _map.KnownPages ? (page, above) : (page, end);
    }

    private string? MakeAccessible(int page, int end)
    {
        var error = _memory.Commit(Address(page), Bytes(end - page));
        if (error.Failed)
            return error.ToString();
        var borders = Borders(page, end);
        _map.Accessible.Set(page, end - page);
        _mappings.AddPageBorders(Borders(page, end) - borders);
        return null;
    }

    private string? TakeAccess(int page)
    {
        var borders = Borders(page, page + 1);
        _map.Accessible.Clear(page, 1);
        var more = Borders(page, page + 1) - borders;
        var why = more > 0 && !_mappings.HasShareForPages(more) ? _mappings.WhyNoMore : null;
        if (why is null && _memory.Guard(Address(page)) is { Failed: true } error)
            why = error.ToString();
        if (why is null)
            _mappings.AddPageBorders(more);
        else
            _map.Accessible.Set(page, 1);
        return why;
    }

    // Withdraws the advice for huge pages: a huge page of which a part was given back would get that part back at the
    // next access to the rest, or by itself.
    private void AdviseSmall(int first, int end)
    {
        if (_hugePages == 0)
            return;
        first &= -_hugePages;
        end = Math.Min((end + _hugePages - 1) & -_hugePages, _map.KnownPages);
        for (var page = _map.Huge.FirstSet(first, end); page < end;)
        {
            var runEnd = _map.Huge.FirstClear(page, end);
            AdviseRun(page, runEnd, huge: false);
            page = _map.Huge.FirstSet(runEnd, end);
        }
    }

    // This is only advice: if the OS refuses it, or if it would take mappings that others need, everything works
    // without.
    private void AdviseRun(int page, int end, bool huge)
    {
        var borders = Borders(page, end);
        SetHuge(page, end, huge);
        var more = Borders(page, end) - borders;
        if ((more > 0 && !_mappings.HasShareForPages(more)) || Advise(page, end, huge).Failed)
            SetHuge(page, end, !huge);
        else
            _mappings.AddPageBorders(more);
    }

    private OsError Advise(int page, int end, bool huge) => huge
        ? _memory.AdviseHugePages(Address(page), Bytes(end - page))
        : _memory.AdviseSmallPages(Address(page), Bytes(end - page));

    private void SetHuge(int page, int end, bool huge)
    {
        if (huge)
            _map.Huge.Set(page, end - page);
        else
            _map.Huge.Clear(page, end - page);
    }

    // Counts the borders at the two ends of a range whose pages are alike apart from a pending change.
    internal int Borders(int first, int end) => (IsBorder(first) ? 1 : 0) + (IsBorder(end) ? 1 : 0);

    private bool IsBorder(int page) => Kind(page - 1) != Kind(page) || (Sharing is not null && Sharing.Breaks(page));

    private (bool Accessible, bool Huge) Kind(int page) => page < 0 || page >= _map.KnownPages
        ? default
        : (_map.Accessible[page], _map.Huge[page]);
}
