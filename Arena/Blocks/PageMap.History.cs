using System.Numerics;

namespace Arena;

// The tables go back in time with the pages, apart from two bitmaps: pages that the operating system made accessible,
// or was asked to make huge, stay so. Tables keep their storage, too; storage added since is not counted until it is
// needed.
internal sealed unsafe partial class PageMap
{
    /// <summary>The first of the interleaved bitmaps: those that say which blocks there are.</summary>
    public const int BitmapsOfBlocks = 2;

    private const int SystemBitmaps = 3;

    /// <summary>The number of pages whose tables are counted; nothing is lent or committed beyond.</summary>
    public int CountedPages => _countedPages;

    /// <summary>The start of the bitmaps, which is the first address that a history copies.</summary>
    public byte* BitTableStart => _tables[BitTable].Address;

    /// <summary>The counted part of the bitmaps.</summary>
    public Span<byte> CountedBits => new(_tables[BitTable].Address, (int)_tables[BitTable].CommittedBytes);

    /// <summary>The counted part of the owners.</summary>
    public Span<byte> CountedOwners => new(_tables[OwnerTable].Address, (int)_tables[OwnerTable].CommittedBytes);

    /// <summary>Counts the pages that are lent and committed.</summary>
    public int CountLentPages()
    {
        var count = 0;
        for (var word = 0; word << 6 < _knownPages; word++)
            count += BitOperations.PopCount(Lent.Word(word) & Committed.Word(word));
        return count;
    }

    /// <summary>Returns which of 64 pages had storage.</summary>
    public ulong CommittedIn(IPageImages images, int word)
    {
        fixed (ulong* bits = &Committed.Word(word))
            return WordIn(images, bits);
    }

    /// <summary>Restores the bitmaps and the owners.</summary>
    public void Restore(IPageImages images)
    {
        var bits = (ulong*)_tables[BitTable].Address;
        var words = (nuint)((_knownPages + 63) >> 6) * PageBitmap.Stride;
        for (nuint i = 0; i < words; i++)
        {
            if (i % PageBitmap.Stride < SystemBitmaps)
                bits[i] = WordIn(images, bits + i);
        }
        var owners = _tables[OwnerTable];
        for (nuint at = 0; at < owners.StoredBytes; at += _memory.PageBytes)
        {
            var page = new Span<byte>(owners.Address + at, (int)_memory.PageBytes);
            var image = images.ImageOf(owners.Address + at);
            if (image == null)
                page.Clear();
            else
                new ReadOnlySpan<byte>(image, page.Length).CopyTo(page);
        }
        Runs.Update(0, _knownPages);
    }

    /// <summary>The counted size of each table.</summary>
    public void KeepState(StateStream state)
    {
        var counted = state.Keep(_countedPages);
        var committed = state.Keep(CommittedBytes);
        if (counted < 0 || counted > _knownPages)
            throw NoTables();
        (_countedPages, CommittedBytes) = (counted, committed);
        for (var i = 0; i < TableCount; i++)
        {
            var byteCount = state.Keep(_tables[i].CommittedBytes);
            if (byteCount > _tables[i].StoredBytes || byteCount > committed || byteCount % _memory.PageBytes != 0)
                throw NoTables();
            _tables[i].CommittedBytes = byteCount;
            committed -= byteCount;
        }
        if (committed != 0)
            throw NoTables();
    }

    // Such a stream is forged: whatever looks at the tables would look beyond them.
    private static InvalidDataException NoTables() => new("an arena has no such tables of pages");

    private ulong WordIn(IPageImages images, ulong* word)
    {
        var page = (byte*)((nuint)word & ~(_memory.PageBytes - 1));
        var image = images.ImageOf(page);
        return image == null ? 0 : *(ulong*)(image + ((byte*)word - page));
    }
}
