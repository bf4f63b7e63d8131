using System.Numerics;
using Arena.Os;

namespace Arena;

/// <summary>
/// The tables of an arena's pages, kept in pages of their own in front of them:
/// <code>
/// | free runs        | lent, starts, committed,      | owners           | guard | page 0 | page 1 | ...
/// | 12 bytes a chunk | accessible, huge: 5 bits/page | 1 ushort/4 KiB   | page  |        |        |
/// </code>
/// A block is the run of lent pages from a start to the next start or free page. The tables are committed only
/// as far as pages were ever lent, so a large reservation costs nothing. All pages beyond are free.
/// </summary>
internal sealed unsafe partial class PageMap
{
    /// <summary>Owners are kept for each 4 KiB on every system, so the shift is a constant.</summary>
    public const int OwnerPageShift = 12;

    private const int RunTable = 0;
    private const int BitTable = 1;
    private const int OwnerTable = 2;
    private const int TableCount = 3;

    // A run that is long enough but has no aligned place costs a search. After this many, the search is for a run that
    // is long enough to have one for certain.
    private const int MostMisfits = 32;

    private readonly VirtualMemory _memory;
    private readonly ArenaMappings _mappings;
    private readonly int _pageCount;
    private readonly int _ownerPagesPerPage;
    private readonly Table[] _tables = new Table[TableCount];
    private bool _tablesAreAccessible;
    private int _knownPages;

    // The pages whose tables are counted: fewer than the known ones once a history took the arena back.
    private int _countedPages;

    public PageMap(VirtualMemory memory, ArenaMappings mappings, byte* address, int pageCount)
    {
        _memory = memory;
        _mappings = mappings;
        _pageCount = pageCount;
        _ownerPagesPerPage = (int)(memory.PageBytes >> OwnerPageShift);
        for (var i = 0; i < TableCount; i++)
        {
            _tables[i] = new Table(address, RoundedBytes(memory, i, pageCount, pageCount));
            address += _tables[i].ByteCount;
        }
        var bits = (ulong*)_tables[BitTable].Address;
        Lent = new PageBitmap(bits);
        Starts = new PageBitmap(bits + 1);
        Committed = new PageBitmap(bits + 2);
        Accessible = new PageBitmap(bits + 3);
        Huge = new PageBitmap(bits + 4);
        Owners = (ushort*)_tables[OwnerTable].Address;
        Runs = new FreeRuns(Lent, _tables[RunTable].Address, pageCount);
    }

    public int PageCount => _pageCount;

    public PageBitmap Lent { get; }

    /// <summary>The first pages of blocks.</summary>
    public PageBitmap Starts { get; }

    /// <summary>The pages that have storage, which is counted.</summary>
    public PageBitmap Committed { get; }

    /// <summary>The accessible pages, which include those in <see cref="Committed"/>.</summary>
    public PageBitmap Accessible { get; }

    /// <summary>The pages in ranges that were advised to be huge pages, for good.</summary>
    public PageBitmap Huge { get; }

    /// <summary>The runs of free pages.</summary>
    public FreeRuns Runs { get; }

    /// <summary>
    /// A token for each 4 KiB of the lendable range; 0 for free pages, and for lent ones without storage.
    /// </summary>
    public ushort* Owners { get; }

    /// <summary>Pages below this have their tables committed; no page at or above it was ever lent.</summary>
    public int KnownPages => _knownPages;

    /// <summary>The bytes that the tables themselves have committed.</summary>
    public nuint CommittedBytes { get; private set; }

    /// <summary>Returns the bytes of addresses that the tables of <paramref name="pageCount"/> pages take.</summary>
    public static nuint TableBytes(VirtualMemory memory, int pageCount)
    {
        nuint byteCount = 0;
        for (var i = 0; i < TableCount; i++)
            byteCount += RoundedBytes(memory, i, pageCount, pageCount);
        return byteCount;
    }

    /// <summary>Returns the bytes that <see cref="Grow"/> would commit.</summary>
    public nuint GrowthBytes(int pageEnd)
    {
        if (pageEnd <= _countedPages)
            return 0;
        nuint growth = 0;
        for (var i = 0; i < TableCount; i++)
            growth += Missing(i, Covered(pageEnd));
        return growth;
    }

    /// <summary>
    /// Commits the tables for all pages below <paramref name="pageEnd"/>. Returns null, or why it cannot.
    /// </summary>
    public string? Grow(int pageEnd)
    {
        if (pageEnd <= _countedPages)
            return null;
        var covered = Covered(pageEnd);
        var error = OsError.None;
        if (!_tablesAreAccessible && !_mappings.HasShareForTables(2 * TableCount))
            error = MakeTablesAccessible();
        for (var i = 0; i < TableCount && !error.Failed; i++)
            error = GrowTable(i, covered);
        _mappings.SetTableBorders(TableBorders());
        if (error.Failed)
            return error.ToString();
        _countedPages = Math.Min(covered, _pageCount);
        if (_countedPages <= _knownPages)
            return null;
        _knownPages = _countedPages;
        Runs.Grow(_knownPages);
        return null;
    }

    /// <summary>
    /// Finds the lowest run of free pages whose first page number, counted from <paramref name="firstPageNumber"/>, is
    /// a multiple of <paramref name="alignmentPages"/>; -1 if there is none. If many runs are long enough but have no
    /// such place, it may not be the lowest.
    /// </summary>
    public int FindFree(int pages, long firstPageNumber, long alignmentPages)
    {
        var from = 0;
        for (var misfits = 0; ; misfits++)
        {
            var page = Runs.Find(pages, from);
            if (page < 0)
                return -1;
            var aligned = AlignedStart(page, firstPageNumber, alignmentPages);
            if (aligned == page)
                return page;
            if (aligned > _pageCount - pages)
                return -1;
            from = (int)aligned;
            if (misfits == MostMisfits && pages + alignmentPages <= _pageCount
                && Runs.Find((int)(pages + alignmentPages - 1), from) is var wide and >= 0)
                return (int)AlignedStart(wide, firstPageNumber, alignmentPages);
        }
    }

    /// <summary>Returns the pages of the block that starts at <paramref name="page"/>.</summary>
    public int BlockPages(int page)
    {
        var from = page + 1;
        for (var word = from >> 6; word << 6 < _knownPages; word++)
        {
            var ends = Starts.Word(word) | ~Lent.Word(word);
            if (word == from >> 6)
                ends &= ulong.MaxValue << from;
            if (ends != 0)
                return Math.Min((word << 6) + BitOperations.TrailingZeroCount(ends), _knownPages) - page;
        }
        return _knownPages - page;
    }

    public void Lend(int page, int pages, int ownedPages, ushort owner)
    {
        Lent.Set(page, pages);
        Runs.Update(page, page + pages);
        Starts.Set(page, 1);
        SetOwner(page, ownedPages, owner);
    }

    /// <summary>Adds pages to the block that ends where they begin.</summary>
    public void Extend(int page, int pages, ushort owner)
    {
        Lent.Set(page, pages);
        Runs.Update(page, page + pages);
        SetOwner(page, pages, owner);
    }

    public void TakeBack(int page, int pages)
    {
        Lent.Clear(page, pages);
        Runs.Update(page, page + pages);
        Starts.Clear(page, 1);
        SetOwner(page, pages, 0);
    }

    public void SetOwner(int page, int pages, ushort owner) =>
        new Span<ushort>(Owners + (nint)page * _ownerPagesPerPage, pages * _ownerPagesPerPage).Fill(owner);

    private static long AlignedStart(int page, long firstPageNumber, long alignmentPages) =>
        ((firstPageNumber + page + alignmentPages - 1) & -alignmentPages) - firstPageNumber;

    // The bits of a chunk are read together, so the tables always cover whole chunks.
    private static int Covered(int pageEnd) => (pageEnd + FreeRuns.ChunkPages - 1) & -FreeRuns.ChunkPages;

    // Makes all tables accessible in one mapping. Storage still comes, and is counted, step by step.
    private OsError MakeTablesAccessible()
    {
        nuint byteCount = 0;
        foreach (var table in _tables)
            byteCount += table.ByteCount;
        var error = _memory.Commit(_tables[0].Address, byteCount);
        _tablesAreAccessible = !error.Failed;
        return error;
    }

    private OsError GrowTable(int index, int coveredPages)
    {
        ref var table = ref _tables[index];
        var missing = Missing(index, coveredPages);
        var end = table.CommittedBytes + missing;
        var error = end <= table.StoredBytes || _tablesAreAccessible
            ? OsError.None
            : _memory.Commit(table.Address + table.StoredBytes, end - table.StoredBytes);
        if (error.Failed)
            return error;
        table.CommittedBytes = end;
        table.StoredBytes = Math.Max(table.StoredBytes, end);
        CommittedBytes += missing;
        return error;
    }

    private int TableBorders()
    {
        if (_tablesAreAccessible)
            return 2;
        var (borders, accessible) = (0, false);
        foreach (var table in _tables)
        {
            borders += accessible == table.StoredBytes > 0 ? 0 : 1;
            accessible = table.StoredBytes == table.ByteCount;
            borders += accessible || table.StoredBytes == 0 ? 0 : 1;
        }
        return accessible ? borders + 1 : borders;
    }

    // A growth that failed midway may have left more.
    private nuint Missing(int table, int coveredPages)
    {
        var wanted = RoundedBytes(_memory, table, coveredPages, _pageCount);
        return wanted - Math.Min(wanted, _tables[table].CommittedBytes);
    }

    private static nuint RoundedBytes(VirtualMemory memory, int table, int pages, int pageCount) => Align.Up(
        table switch
        {
            RunTable => FreeRuns.TableBytes(pages, pageCount),
            BitTable => (nuint)Covered(pages) / 64 * PageBitmap.Stride * sizeof(ulong),
            _ => (nuint)Math.Min(pages, pageCount) * (memory.PageBytes >> OwnerPageShift) * sizeof(ushort),
        },
        memory.PageBytes);

    private struct Table(byte* address, nuint byteCount)
    {
        public readonly byte* Address = address;
        public readonly nuint ByteCount = byteCount;
        public nuint CommittedBytes;

        // The bytes with storage, at least those counted; see _countedPages.
        public nuint StoredBytes;
    }
}
