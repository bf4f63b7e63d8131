using Arena.Os;

namespace Arena;

/// <summary>
/// What an arena knows of its pages, kept in pages of its own in front of them:
/// <code>
/// | lent       | starts     | committed  | owners           | guard | page 0 | page 1 | ...
/// | 1 bit/page | 1 bit/page | 1 bit/page | 1 ushort/granule | page  |        |        |
/// </code>
/// A block is the run of lent pages from a start to the next start or free page. The tables are committed only
/// as far as pages were ever lent, so a large reservation costs nothing; beyond that all is free.
/// </summary>
internal sealed unsafe class PageMap
{
    /// <summary>An owner's token is found per granule: 4 KiB on every system, so the shift is a constant.</summary>
    public const int OwnerGranuleShift = 12;

    private readonly VirtualMemory _memory;
    private readonly int _pageCount;
    private readonly int _granulesPerPage;
    private readonly Table[] _tables;
    private int _knownPages;

    public PageMap(VirtualMemory memory, byte* address, int pageCount)
    {
        _memory = memory;
        _pageCount = pageCount;
        _granulesPerPage = (int)(memory.PageBytes >> OwnerGranuleShift);
        var bitmapBytes = BitmapBytes(memory, pageCount);
        var owners = address + 3 * bitmapBytes;
        _tables =
        [
            new(address), new(address + bitmapBytes), new(address + 2 * bitmapBytes), new(owners),
        ];
        Lent = new PageBitmap((ulong*)_tables[0].Address);
        Starts = new PageBitmap((ulong*)_tables[1].Address);
        Committed = new PageBitmap((ulong*)_tables[2].Address);
        Owners = (ushort*)_tables[3].Address;
    }

    public int PageCount => _pageCount;

    public PageBitmap Lent { get; }

    /// <summary>Set on the first page of a block.</summary>
    public PageBitmap Starts { get; }

    public PageBitmap Committed { get; }

    /// <summary>A token per granule of the lendable range; 0 where nothing is lent, or lent without storage.</summary>
    public ushort* Owners { get; }

    /// <summary>Pages below this have their tables committed; no page at or above it was ever lent.</summary>
    public int KnownPages => _knownPages;

    /// <summary>Bytes that the tables themselves have committed.</summary>
    public nuint CommittedBytes { get; private set; }

    /// <summary>Address bytes that the tables of <paramref name="pageCount"/> pages take.</summary>
    public static nuint TableBytes(VirtualMemory memory, int pageCount) =>
        3 * BitmapBytes(memory, pageCount) + OwnerBytes(memory, pageCount);

    public static nuint RoundUp(nuint value, nuint powerOfTwo) => unchecked(value + powerOfTwo - 1) & ~(powerOfTwo - 1);

    /// <summary>Bytes that <see cref="Grow"/> would commit.</summary>
    public nuint GrowthBytes(int pageEnd)
    {
        if (pageEnd <= _knownPages)
            return 0;
        nuint growth = 0;
        for (var i = 0; i < _tables.Length; i++)
            growth += Missing(i, Covered(pageEnd));
        return growth;
    }

    /// <summary>Commits the tables for all pages below <paramref name="pageEnd"/>.</summary>
    public OsError Grow(int pageEnd)
    {
        if (pageEnd <= _knownPages)
            return OsError.None;
        var covered = Covered(pageEnd);
        for (var i = 0; i < _tables.Length; i++)
        {
            var error = GrowTable(i, covered);
            if (error.Failed)
                return error;
        }
        _knownPages = Math.Min(covered, _pageCount);
        return OsError.None;
    }

    /// <summary>
    /// The lowest run of free pages whose first page number, counted from <paramref name="firstPageNumber"/>, is a
    /// multiple of <paramref name="alignmentPages"/>; -1 where none is.
    /// </summary>
    public int FindFree(int pages, int from, long firstPageNumber, long alignmentPages)
    {
        long page = from;
        while (true)
        {
            page = page < _knownPages ? Lent.FirstClear((int)page, _knownPages) : page;
            page = ((firstPageNumber + page + alignmentPages - 1) & -alignmentPages) - firstPageNumber;
            if (page + pages > _pageCount)
                return -1;
            var taken = page < _knownPages
                ? Lent.LastSet((int)page, (int)Math.Min(page + pages, _knownPages))
                : -1;
            if (taken < 0)
                return (int)page;
            page = taken + 1;
        }
    }

    /// <summary>Pages of the block that starts at <paramref name="page"/>.</summary>
    public int BlockPages(int page)
    {
        var end = Lent.FirstClear(page, _knownPages);
        return Starts.FirstSet(page + 1, end) - page;
    }

    public void Lend(int page, int pages, int ownedPages, ushort owner)
    {
        Lent.Set(page, pages);
        Starts.Set(page, 1);
        SetOwner(page, ownedPages, owner);
    }

    /// <summary>More pages for the block that ends where they begin.</summary>
    public void Extend(int page, int pages, ushort owner)
    {
        Lent.Set(page, pages);
        SetOwner(page, pages, owner);
    }

    public void TakeBack(int page, int pages)
    {
        Lent.Clear(page, pages);
        Starts.Clear(page, 1);
        SetOwner(page, pages, 0);
    }

    public void SetOwner(int page, int pages, ushort owner) =>
        new Span<ushort>(Owners + (nint)page * _granulesPerPage, pages * _granulesPerPage).Fill(owner);

    // A whole word of bits is read at once, so the tables always cover whole words.
    private static int Covered(int pageEnd) => (pageEnd + 63) & ~63;

    private OsError GrowTable(int index, int coveredPages)
    {
        ref var table = ref _tables[index];
        var missing = Missing(index, coveredPages);
        var error = missing == 0 ? OsError.None : _memory.Commit(table.Address + table.CommittedBytes, missing);
        if (error.Failed)
            return error;
        table.CommittedBytes += missing;
        CommittedBytes += missing;
        return error;
    }

    private nuint Missing(int table, int coveredPages)
    {
        var granules = (nuint)Math.Min(coveredPages, _pageCount) * (nuint)_granulesPerPage;
        var byteCount = table < 3 ? (nuint)coveredPages / 8 : granules * sizeof(ushort);
        var wanted = RoundUp(byteCount, _memory.PageBytes);
        return wanted - Math.Min(wanted, _tables[table].CommittedBytes);
    }

    private static nuint BitmapBytes(VirtualMemory memory, int pageCount) =>
        RoundUp(((nuint)pageCount + 63) / 64 * sizeof(ulong), memory.PageBytes);

    private static nuint OwnerBytes(VirtualMemory memory, int pageCount) =>
        RoundUp((nuint)pageCount * (memory.PageBytes >> OwnerGranuleShift) * sizeof(ushort), memory.PageBytes);

    private struct Table(byte* address)
    {
        public readonly byte* Address = address;
        public nuint CommittedBytes;
    }
}
