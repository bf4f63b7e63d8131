namespace Arena;

/// <summary>
/// The storage of an arena's pages. It commits pages when they are lent, keeps them when they come back, gives free
/// ones back, and never lets tables and pages together exceed the budget. It is called under the arena's lock; its two
/// numbers may be read outside it.
/// </summary>
internal sealed partial class PageStorage
{
    // This is a separate object and not a constant, because exceptions recognize it by identity.
    internal static readonly string BudgetIsSpent = new("the budget is spent; free something, or raise BudgetBytes");

    // The share of committed bytes that may be kept for lending again while an owner grows.
    private const nuint KeptShare = 64;

    // The most pages that a step looks at, so that its cost does not grow with the arena.
    private const int StepPages = 1 << 16;

    private const int LeastPagesOfWay = 256;
    private const int RunsOfWay = 16;

    private readonly PageMap _map;
    private readonly PageAccess _access;
    private readonly int _pageShift;
    private readonly nuint _budgetBytes;
    private nuint _committedBytes;
    private int _stepPage;
    private nuint _peakCommittedBytes;

    public PageStorage(PageMap map, PageAccess access, int pageShift, PageArenaOptions options)
    {
        _map = map;
        _access = access;
        _pageShift = pageShift;
        // A step of a huge page would commit the guard pages inside it.
        CommitsHugePages = options.HugePages && !options.GuardPages && access.HugePages != 0;
        _budgetBytes = options.BudgetBytes == 0 ? nuint.MaxValue : options.BudgetBytes;
    }

    /// <summary>True if pages are committed in steps of a huge page.</summary>
    public bool CommitsHugePages { get; }

    /// <summary>
    /// The bytes committed now: pages, lent or kept, and the tables. Every value read was true at some moment.
    /// </summary>
    public nuint CommittedBytes => Volatile.Read(ref _committedBytes);

    /// <summary>The peak, never less than a <see cref="CommittedBytes"/> that was read before it.</summary>
    public nuint PeakCommittedBytes => Volatile.Read(ref _peakCommittedBytes);

    /// <summary>
    /// Gives storage to the pages [first, end), takes it from the guard pages that follow, and commits the tables
    /// for all of them. Returns null, or why it cannot. Pages that were committed before a failure stay committed and
    /// counted; they are ready to be lent.
    /// </summary>
    public string? Commit(int first, int end, int guardPages, nuint lentBytes)
    {
        if (!MakeRoom(first, end, end + guardPages, lentBytes))
            return BudgetIsSpent;
        return GrowTables(end + guardPages)
            ?? (guardPages == 0 ? null : Guard(end))
            ?? _access.Sharing?.ShowOwn(first, end)
            ?? CommitMissing(first, end);
    }

    /// <summary>
    /// Gives the storage of free pages in [from, end) back, until it has given back the wanted bytes. Pages that the OS
    /// refuses stay counted.
    /// </summary>
    /// <returns>Bytes given back.</returns>
    public nuint DecommitFree(int from, int end, ulong wanted = ulong.MaxValue)
    {
        nuint givenBack = 0;
        end = Math.Min(end, _map.KnownPages);
        for (var page = from; givenBack < wanted && NextKeptRun(ref page, end, out var runEnd); page = runEnd)
        {
            var most = Math.Max((wanted - givenBack - 1 >> _pageShift) + 1, LeastPagesOfWay);
            runEnd = page + (int)Math.Min((ulong)(runEnd - page), most);
            if (DecommitRun(page, runEnd))
                givenBack += Bytes(runEnd - page);
        }
        return givenBack;
    }

    /// <summary>
    /// Gives the storage of a bounded number of free pages back, beginning where the last step ended.
    /// </summary>
    /// <returns>Bytes given back.</returns>
    public nuint DecommitStep(int mostPages, int mostRuns)
    {
        nuint givenBack = 0;
        // These are not the known pages: after a history took some back, the steps have to repeat themselves.
        var page = _stepPage < _map.CountedPages ? _stepPage : 0;
        var end = Math.Min(page + StepPages, _map.CountedPages);
        for (var runs = 0; runs < mostRuns && mostPages > 0 && NextKeptRun(ref page, end, out var runEnd); runs++)
        {
            runEnd = page + Math.Min(runEnd - page, mostPages);
            if (DecommitRun(page, runEnd))
                givenBack += Bytes(runEnd - page);
            mostPages -= runEnd - page;
            page = runEnd;
        }
        _stepPage = page;
        return givenBack;
    }

    /// <summary>Returns the bytes of free pages that have storage.</summary>
    public nuint KeptBytes(nuint lentBytes) => _committedBytes - lentBytes - _map.CommittedBytes;

    /// <summary>Returns whether the pages [first, end) read as zero once they are committed.</summary>
    public bool IsFresh(int first, int end) => _access.IsFresh(first, end);

    /// <summary>Returns the bytes of the pages in [first, end) that have storage.</summary>
    public nuint CommittedIn(int first, int end) =>
        Bytes(_map.Committed.CountSet(first, Math.Min(end, _map.KnownPages)));

    /// <summary>
    /// Makes the pages [first, end) known and the guard pages behind them inaccessible, without giving storage to any.
    /// Returns null, or why it cannot.
    /// </summary>
    public string? Prepare(int first, int end, int guardPages, nuint lentBytes)
    {
        if (!MakeRoom(first, first, end + guardPages, lentBytes))
            return BudgetIsSpent;
        return GrowTables(end + guardPages) ?? (guardPages == 0 ? null : Guard(end));
    }

    /// <summary>
    /// Counts pages that will get their storage at the first access. Returns null, or why they may not.
    /// </summary>
    public string? Count(int first, int end, nuint lentBytes)
    {
        if (!MakeRoom(first, end, end, lentBytes))
            return BudgetIsSpent;
        var missing = MissingBytes(first, end);
        _map.Committed.Set(first, end - first);
        CountCommitted(missing);
        return null;
    }

    /// <summary>Gives back the storage of lent pages in [first, end). Pages that the OS refuses stay counted.</summary>
    public void Decommit(int first, int end)
    {
        for (var page = _map.Committed.FirstSet(first, end); page < end;)
        {
            // One call for all takes less time than one for each run.
            var runEnd = _access.KeepsAccess
                ? _map.Committed.LastSet(page, end) + 1
                : _map.Committed.FirstClear(page, end);
            _ = DecommitRun(page, runEnd);
            page = _map.Committed.FirstSet(runEnd, end);
        }
    }

    /// <summary>
    /// If the pages [first, end) need storage, and more than a 64th of everything is kept for lending again, gives some
    /// kept pages back: an owner that grows in place cannot use them. It gives back four pages for each one needed, in
    /// a few calls to the OS, so that the kept bytes fall as the owner grows and no call takes long.
    /// </summary>
    public void GiveWay(int first, int end, nuint lentBytes)
    {
        if (KeptBytes(lentBytes) > _committedBytes / KeptShare && _map.Committed.FirstClear(first, end) < end)
            DecommitStep(Math.Max(LeastPagesOfWay, 4 * (end - first)), RunsOfWay);
    }

    // Finds the next pages [page, runEnd) below the end that are free and have storage.
    private bool NextKeptRun(ref int page, int end, out int runEnd)
    {
        page = _map.Committed.FirstSet(page, end);
        while (page < end)
        {
            var free = _map.Lent.FirstClear(page, end);
            page = _map.Committed.FirstSet(free, end);
            if (page != free || page == end)
                continue;
            runEnd = Math.Min(_map.Committed.FirstClear(page, end), _map.Lent.FirstSet(page, end));
            return true;
        }
        runEnd = end;
        return false;
    }

    private nuint Bytes(int pages) => (nuint)pages << _pageShift;

    // Makes room for a request by giving kept pages back, but only if it then fits: a hopeless request changes nothing.
    private bool MakeRoom(int first, int end, int tableEnd, nuint lentBytes)
    {
        var growth = _map.GrowthBytes(tableEnd);
        if (lentBytes + Bytes(end - first) + _map.CommittedBytes + growth > _budgetBytes)
            return false;
        var missing = MissingBytes(first, end) + growth;
        if (_committedBytes + missing <= _budgetBytes)
            return true;
        // It takes no more than the request needs, so that the cost of a call depends on its size.
        DecommitFree(0, first, _committedBytes + missing - _budgetBytes);
        if (_committedBytes + missing > _budgetBytes)
            DecommitFree(end, _map.KnownPages, _committedBytes + missing - _budgetBytes);
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

    /// <summary>Commits the tables for pages below an end, and counts that; null, or why it cannot.</summary>
    internal string? GrowTables(int pageEnd)
    {
        var before = _map.CommittedBytes;
        var why = _map.Grow(pageEnd);
        CountCommitted(_map.CommittedBytes - before);
        return why;
    }

    private string? CommitMissing(int first, int end)
    {
        if (_map.Committed.FirstClear(first, end) == end)
            return null;
        var (from, to) = HugeStep(first, end);
        var why = CommitRuns(from, to);
        if (why is not null && to - from > end - first)
        {
            // The wider step failed, so only the request itself is committed.
            (from, to) = (first, end);
            why = CommitRuns(from, to);
        }
        if (why is null)
            _access.AdviseHuge(from, to);
        return why;
    }

    private string? CommitRuns(int from, int end)
    {
        for (var page = _map.Committed.FirstClear(from, end); page < end;)
        {
            var runEnd = _map.Committed.FirstSet(page, end);
            if (_access.Open(page, runEnd) is { } why)
                return why;
            _map.Committed.Set(page, runEnd - page);
            CountCommitted(Bytes(runEnd - page));
            page = _map.Committed.FirstClear(runEnd, end);
        }
        return null;
    }

    private bool DecommitRun(int page, int end)
    {
        if (_access.Close(page, end).Failed)
            return false;
        Uncount(page, end);
        return true;
    }

    // A guard page may lie on a page that an older block had committed.
    private string? Guard(int page)
    {
        var why = _access.Guard(page);
        if (why is null && _map.Committed[page])
            Uncount(page, page + 1);
        return why;
    }

    private void Uncount(int page, int end)
    {
        var counted = Bytes(_map.Committed.CountSet(page, end));
        _map.Committed.Clear(page, end - page);
        Volatile.Write(ref _committedBytes, _committedBytes - counted);
        Recount();
    }

    // Extends a range to whole huge pages, as far as budget and tables allow.
    private (int From, int End) HugeStep(int first, int end)
    {
        if (!CommitsHugePages)
            return (first, end);
        var from = first & -_access.HugePages;
        var to = (int)Math.Min((end + (long)_access.HugePages - 1) & -_access.HugePages, _map.PageCount);
        // A lent page is committed already, or its owner has not requested storage for it.
        from = Math.Max(from, _map.Lent.LastSet(from, Math.Min(first, _map.KnownPages)) + 1);
        var known = Math.Min(to, _map.KnownPages);
        if (_map.Lent.FirstSet(end, known) is var lent && lent < known)
            to = lent;
        var missing = MissingBytes(from, to) + _map.GrowthBytes(to);
        return _committedBytes + missing <= _budgetBytes && GrowTables(to) is null ? (from, to) : (first, end);
    }

    // The peak is written first, so that no reader sees more committed than the peak.
    private void CountCommitted(nuint byteCount)
    {
        var committed = _committedBytes + byteCount;
        _peakCommittedBytes = Math.Max(_peakCommittedBytes, committed);
        Volatile.Write(ref _committedBytes, committed);
        Recount();
    }
}
