using Arena.Os;

namespace Arena;

/// <summary>
/// Which pages of an arena have storage: it commits them when they are lent, keeps them when they come back, gives
/// free ones back, and never lets tables and pages together exceed the budget. Called under the arena's lock; its
/// two numbers may be read outside it.
/// </summary>
internal sealed unsafe class PageStorage
{
    internal const string BudgetIsSpent = "the budget is spent; free something, or raise BudgetBytes";

    // Of what is committed, this part may be kept for lending again while somebody grows.
    private const nuint KeptShare = 64;

    private readonly VirtualMemory _memory;
    private readonly PageMap _map;
    private readonly byte* _base;
    private readonly int _pageCount;
    private readonly int _pageShift;
    private readonly int _hugePages;
    private readonly nuint _budgetBytes;
    private nuint _committedBytes;

    // Set once a decommit failed in a way that could not be undone.
    private bool _uncommittedMayHoldBytes;
    private nuint _peakCommittedBytes;

    public PageStorage(VirtualMemory memory, PageMap map, byte* firstPage, int pageShift, PageArenaOptions options)
    {
        _memory = memory;
        _map = map;
        _base = firstPage;
        _pageShift = pageShift;
        _pageCount = map.PageCount;
        _hugePages = (int)(memory.HugePageBytes >> pageShift);
        // A step would commit the guard pages inside it.
        CommitsHugePages = options.HugePages && !options.GuardPages && _hugePages != 0;
        _budgetBytes = options.BudgetBytes == 0 ? nuint.MaxValue : options.BudgetBytes;
    }

    /// <summary>Pages are committed in steps of a huge page.</summary>
    public bool CommitsHugePages { get; }

    /// <summary>Bytes committed now: pages, lent or kept, and the tables. Every value read was once true.</summary>
    public nuint CommittedBytes => Volatile.Read(ref _committedBytes);

    /// <summary>Never less than a <see cref="CommittedBytes"/> that was read before it.</summary>
    public nuint PeakCommittedBytes => Volatile.Read(ref _peakCommittedBytes);

    /// <summary>
    /// Gives storage to the pages [first, end), takes it from the guard pages that follow, and commits the tables
    /// for all of them; null, or why it cannot. What was committed before a failure stays and is counted: pages that
    /// are merely ready to be lent.
    /// </summary>
    public string? Commit(int first, int end, int guardPages, nuint lentBytes)
    {
        if (!MakeRoom(first, end, end + guardPages, lentBytes))
            return BudgetIsSpent;
        var error = GrowTables(end + guardPages);
        if (!error.Failed && guardPages != 0)
            error = DecommitGuard(end);
        if (!error.Failed)
            error = CommitMissing(first, end);
        return error.Failed ? error.ToString() : null;
    }

    /// <summary>Gives the storage of the free pages in [from, end) back; what the OS refuses stays counted.</summary>
    /// <returns>Bytes really given back.</returns>
    public nuint DecommitFree(int from, int end)
    {
        nuint givenBack = 0;
        end = Math.Min(end, _map.KnownPages);
        for (var page = _map.Committed.FirstSet(from, end); page < end;)
        {
            var free = _map.Lent.FirstClear(page, end);
            page = _map.Committed.FirstSet(free, end);
            if (page != free)
                continue;
            var runEnd = Math.Min(_map.Committed.FirstClear(page, end), _map.Lent.FirstSet(page, end));
            if (page < runEnd && !DecommitRun(page, runEnd).Failed)
                givenBack += Bytes(runEnd - page);
            page = _map.Committed.FirstSet(runEnd, end);
        }
        return givenBack;
    }

    /// <summary>Whether no page in [first, end) has storage: once committed, all of them read as zero.</summary>
    public bool IsFresh(int first, int end)
    {
        if (_uncommittedMayHoldBytes)
            return false;
        var known = Math.Min(end, _map.KnownPages);
        return first >= known || _map.Committed.FirstSet(first, known) == known;
    }

    /// <summary>Bytes of the pages in [first, end) that have storage.</summary>
    public nuint CommittedIn(int first, int end) =>
        Bytes(_map.Committed.CountSet(first, Math.Min(end, _map.KnownPages)));

    /// <summary>
    /// Makes the pages [first, end) known and the guard pages behind them inaccessible, without giving storage to any;
    /// null, or why it cannot.
    /// </summary>
    public string? Prepare(int first, int end, int guardPages, nuint lentBytes)
    {
        if (!MakeRoom(first, first, end + guardPages, lentBytes))
            return BudgetIsSpent;
        var error = GrowTables(end + guardPages);
        if (!error.Failed && guardPages != 0)
            error = DecommitGuard(end);
        return error.Failed ? error.ToString() : null;
    }

    /// <summary>Takes the storage of lent pages in [first, end); what the OS refuses stays counted.</summary>
    public void Decommit(int first, int end)
    {
        for (var page = _map.Committed.FirstSet(first, end); page < end;)
        {
            var runEnd = _map.Committed.FirstClear(page, end);
            _ = DecommitRun(page, runEnd);
            page = _map.Committed.FirstSet(runEnd, end);
        }
    }

    /// <summary>
    /// Gives back what is kept for lending again if that is more than a 64th of everything, and if the pages
    /// [first, end) need storage: an owner that grows where it lies cannot use it.
    /// </summary>
    public void GiveWay(int first, int end, nuint lentBytes)
    {
        var keptBytes = _committedBytes - lentBytes - _map.CommittedBytes;
        if (keptBytes > _committedBytes / KeptShare && _map.Committed.FirstClear(first, end) < end)
            DecommitFree(0, _map.KnownPages);
    }

    private nuint Bytes(int pages) => (nuint)pages << _pageShift;

    private byte* PageAddress(int page) => _base + Bytes(page);

    // Pages kept for lending again give way to a request, but only to one that then fits: a hopeless one costs nobody.
    private bool MakeRoom(int first, int end, int tableEnd, nuint lentBytes)
    {
        var growth = _map.GrowthBytes(tableEnd);
        if (lentBytes + Bytes(end - first) + _map.CommittedBytes + growth > _budgetBytes)
            return false;
        var missing = MissingBytes(first, end) + growth;
        if (_committedBytes + missing <= _budgetBytes)
            return true;
        DecommitFree(0, first);
        DecommitFree(end, _map.KnownPages);
        return _committedBytes + missing <= _budgetBytes;
    }

    private nuint MissingBytes(int first, int end)
    {
        var known = Math.Max(first, Math.Min(end, _map.KnownPages));
        var missing = end - known;
        for (var page = _map.Committed.FirstClear(first, known); page < known;)
        {
            var runEnd = _map.Committed.FirstSet(page, known);
            missing += runEnd - page;
            page = _map.Committed.FirstClear(runEnd, known);
        }
        return Bytes(missing);
    }

    private OsError GrowTables(int pageEnd)
    {
        var before = _map.CommittedBytes;
        var error = _map.Grow(pageEnd);
        CountCommitted(_map.CommittedBytes - before);
        return error;
    }

    private OsError CommitMissing(int first, int end)
    {
        if (_map.Committed.FirstClear(first, end) == end)
            return OsError.None;
        var (from, to) = HugeStep(first, end);
        var error = CommitRuns(from, to);
        if (error.Failed && to - from > end - first)
        {
            // The wider step was only a wish.
            (from, to) = (first, end);
            error = CommitRuns(from, to);
        }
        if (!error.Failed)
            AdviseHuge(from, to);
        return error;
    }

    private OsError CommitRuns(int from, int end)
    {
        for (var page = _map.Committed.FirstClear(from, end); page < end;)
        {
            var runEnd = _map.Committed.FirstSet(page, end);
            var error = _memory.Commit(PageAddress(page), Bytes(runEnd - page));
            if (error.Failed)
                return error;
            _map.Committed.Set(page, runEnd - page);
            CountCommitted(Bytes(runEnd - page));
            page = _map.Committed.FirstClear(runEnd, end);
        }
        return OsError.None;
    }

    private OsError DecommitRun(int page, int end)
    {
        var error = _memory.Decommit(PageAddress(page), Bytes(end - page));
        // A system that fails midway, and fails again when it shall undo that, leaves pages that fault. They must not
        // be lent as they are, so where not even this commit succeeds they count as not committed.
        if (error.Failed)
        {
            if (!_memory.Commit(PageAddress(page), Bytes(end - page)).Failed)
                return error;
            _uncommittedMayHoldBytes = true;
        }
        _map.Committed.Clear(page, end - page);
        Volatile.Write(ref _committedBytes, _committedBytes - Bytes(end - page));
        return error;
    }

    // A guard page may lie on a page that an older block had committed.
    private OsError DecommitGuard(int page) =>
        _map.Committed[page] ? DecommitRun(page, page + 1) : OsError.None;

    // With HugePages the range grows to whole huge pages, as far as budget and tables allow.
    private (int From, int End) HugeStep(int first, int end)
    {
        if (!CommitsHugePages)
            return (first, end);
        var from = first & -_hugePages;
        var to = (int)Math.Min((end + (long)_hugePages - 1) & -_hugePages, _pageCount);
        // A lent page is committed already, or its owner wants no storage for it yet.
        from = Math.Max(from, _map.Lent.LastSet(from, Math.Min(first, _map.KnownPages)) + 1);
        var known = Math.Min(to, _map.KnownPages);
        if (_map.Lent.FirstSet(end, known) is var lent && lent < known)
            to = lent;
        var missing = MissingBytes(from, to) + _map.GrowthBytes(to);
        return _committedBytes + missing <= _budgetBytes && !GrowTables(to).Failed ? (from, to) : (first, end);
    }

    /// <summary>Asks for huge pages where the committed pages [from, end) span whole ones.</summary>
    public void AdviseHuge(int from, int end)
    {
        if (_hugePages == 0)
            return;
        from = (from + _hugePages - 1) & -_hugePages;
        end &= -_hugePages;
        // Only advice: where the OS refuses it, the pages are small and everything works.
        if (from < end)
            _ = _memory.AdviseHugePages(PageAddress(from), Bytes(end - from));
    }

    // The peak is written first, so that no reader sees more committed than the peak.
    private void CountCommitted(nuint byteCount)
    {
        var committed = _committedBytes + byteCount;
        _peakCommittedBytes = Math.Max(_peakCommittedBytes, committed);
        Volatile.Write(ref _committedBytes, committed);
    }
}
