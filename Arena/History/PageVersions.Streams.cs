using System.Numerics;

namespace Arena;

// The table's pages in a stream: the number of each and its bytes, or its number alone if they are zero.
internal sealed unsafe partial class PageVersions
{
    private const ulong ZeroFlag = 1UL << 63;

    /// <summary>Writes all pages of the frame that the table is at.</summary>
    public void WriteTo(FrameWriter writer)
    {
        var count = 0;
        for (var unit = 0; unit < _unitCount; unit++)
            count += _table[unit].Copy == PageCopies.None ? 0 : 1;
        writer.Write((ulong)_map.KnownPages);
        writer.Write((ulong)count);
        for (var unit = 0; unit < _unitCount; unit++)
        {
            var copy = _table[unit].Copy;
            if (copy == PageCopies.None)
                continue;
            writer.Write((uint)unit | (copy == PageCopies.Zero ? ZeroFlag : 0));
            if (copy != PageCopies.Zero)
                writer.Write(new ReadOnlySpan<byte>(_copies.At(copy), (int)_pageBytes));
        }
    }

    /// <summary>Reads such pages.</summary>
    /// <param name="reader">The source.</param>
    /// <param name="pages">Empty; gets them.</param>
    /// <exception cref="InvalidDataException">They are not those of such an arena.</exception>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    /// <returns>The number of pages that the arena must know.</returns>
    public int ReadFrom(FrameReader reader, PageChanges pages)
    {
        var known = reader.ReadNumber("a number of known pages", _map.PageCount);
        var most = _firstPageUnit + known;
        var count = reader.ReadNumber("a number of pages", most);
        var page = (byte*)OwnMemory.AllocateAligned(_pageBytes, sizeof(ulong));
        try
        {
            for (int i = 0, next = 0; i < count; i++)
            {
                var number = reader.ReadNumber();
                var unit = number & ~ZeroFlag;
                if (unit < (ulong)next || unit >= (ulong)most || IsGuard((int)unit))
                    throw FrameReader.Damaged($"it has no page {unit}");
                next = (int)unit + 1;
                var copy = PageCopies.Zero;
                if ((number & ZeroFlag) == 0)
                {
                    reader.Read(new Span<byte>(page, (int)_pageBytes));
                    copy = _copies.Take(page);
                }
                Add(pages, (int)unit, copy);
            }
        }
        finally
        {
            OwnMemory.FreeAligned(page);
        }
        return known;
    }

    /// <summary>Adds that the table's other pages are not there.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public void AddMissing(PageChanges pages, int knownPages)
    {
        Cover(_firstPageUnit + Math.Max(_map.KnownPages, knownPages));
        var count = pages.Count;
        for (int unit = 0, i = 0; unit < _unitCount; unit++)
        {
            if (i < count && pages[i].Unit == unit)
                i++;
            else
                Add(pages, unit, PageCopies.None);
        }
    }

    /// <summary>Null, or why an arena cannot have what the table says that it has.</summary>
    public string? WhyImpossible(PageArena arena)
    {
        nuint committed = 0;
        for (var word = 0; word << 6 < _map.KnownPages; word++)
        {
            var bits = _map.CommittedIn(this, word);
            committed += (nuint)BitOperations.PopCount(bits) * _pageBytes;
        }
        return committed > arena.BudgetBytes
            ? $"it has {committed} bytes committed, and the budget is {arena.BudgetBytes}"
            : null;
    }

    /// <summary>Takes the sums of all pages, as the arena is now.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public void TakeAllSums(LiveSums sums, OwnerRegistry.Snapshot owners)
    {
        using var changes = new PageChanges();
        ForgetSums();
        ClearMarks();
        try
        {
            sums.Begin(owners, changes);
            sums.Update(before: null, isFull: true);
        }
        finally
        {
            ForgetEntries(changes);
            _hasNoSums = false;
        }
    }

    private static void Add(PageChanges pages, int unit, int copy)
    {
        pages.Add(unit, default);
        pages[pages.Count - 1].Copy = copy;
    }

    // Between the tables and the first page.
    private bool IsGuard(int unit) => unit == _firstPageUnit - 1;
}
