using System.Numerics;

namespace Arena;

/// <summary>
/// The checksum of what lives in an arena: a sum over all pages, and in each page over the words of live allocations,
/// of a hash of the word and its place, see <see cref="WordSums"/>.
/// <code>
/// page          0                1                2
/// live          | aaaa  bbbbbbb  bbbbbb     cc    |  ddd       |
/// sum             h(aaaabbbbbbb)   h(bbbbbbcc)       h(ddd)         checksum = all of them
/// </code>
/// A sum of sums can be brought up to date: only pages whose contents or outlines changed are read.
/// </summary>
internal sealed unsafe class LiveSums : ILiveOutlines, IMemoryVisitor
{
    private readonly PageArena _arena;
    private readonly PageVersions _pages;
    private readonly WordSums _words;
    private readonly nuint _base;
    private readonly int _pageShift;
    private PageChanges _changes = null!;
    private nuint _from;
    private nuint _end;
    private nuint _offset;
    private ulong _sum;
    private bool _isFull;
    private OwnerRegistry.Snapshot _now = null!;

    public LiveSums(PageArena arena, PageVersions pages, bool takesAddressesAsTheyAre)
    {
        _arena = arena;
        _pages = pages;
        _base = (nuint)arena.Base;
        _pageShift = BitOperations.TrailingZeroCount(arena.OsPageBytes);
        TakesAddressesAsTheyAre = takesAddressesAsTheyAre;
        _words = new WordSums(_base, takesAddressesAsTheyAre ? 0 : arena.ReservedBytes);
    }

    /// <summary>A word that is an address inside the arena counts as it is.</summary>
    public bool TakesAddressesAsTheyAre { get; }

    /// <inheritdoc/>
    public nuint PageBytes => _arena.OsPageBytes;

    /// <summary>Begins to bring sums up to the arena.</summary>
    /// <param name="now">The arena's allocators.</param>
    /// <param name="changes">Gets what the table had before.</param>
    public void Begin(OwnerRegistry.Snapshot now, PageChanges changes) => (_now, _changes) = (now, changes);

    /// <summary>Takes the sums that are to be taken beside those of the pages that were captured.</summary>
    /// <param name="before">The allocators of the table's frame; null for none.</param>
    /// <param name="isFull">Outlines are to be given where nothing seems to have changed, too.</param>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public void Update(OwnerRegistry.Snapshot? before, bool isFull)
    {
        _isFull = isFull;
        if (before is not null)
            MarkOthers(_now, before);
        _pages.ForgetMoved(_changes);
        for (var token = 0; token < _now.Count; token++)
            _now.At(token)?.GiveOutlines(this);
        for (var word = 0; word < _pages.WordCount; word++)
        {
            for (var changed = _pages.NotTaken(word); changed != 0; changed &= changed - 1)
                Take((word << 6) + BitOperations.TrailingZeroCount(changed));
        }
    }

    /// <summary>Returns whether the contents of a page need not go back, as those of a free one.</summary>
    public bool IsWorthless(int page) => !_arena.Map.Lent[page]
        || OwnerAt(page)?.IsWorthless(_base + ((nuint)page << _pageShift)) == true;

    /// <summary>Takes the sum of a page, as it is now.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public void Take(int page)
    {
        _sum = 0;
        if (_arena.Map.Lent[page] && OwnerAt(page) is { } owner)
        {
            _from = _base + ((nuint)page << _pageShift);
            _end = _from + PageBytes;
            _offset = owner.ValueOffset;
            owner.WalkPart(this, _from, _end);
        }
        _pages.SetSum(page, _sum, _changes);
    }

    /// <inheritdoc/>
    public bool MayDiffer(void* from, void* end) =>
        _isFull || _pages.HasChanged(_pages.PageOf(from), _pages.PageOf((byte*)end - 1) + 1);

    /// <inheritdoc/>
    public bool Set(void* page, ulong outline) => _pages.SetOutline(_pages.PageOf(page), outline, _changes);

    /// <inheritdoc/>
    public void Touch(void* from, void* end)
    {
        var last = _pages.PageOf((byte*)end - 1);
        for (var page = _pages.PageOf(from); page <= last; page++)
            _pages.MarkChanged(page);
    }

    public void Block(in BlockPicture block)
    {
    }

    // The part in the page that is looked at.
    public void Live(nuint address, nuint byteCount)
    {
        var start = nuint.Max(address + _offset, _from);
        var end = nuint.Min(address + byteCount, _end);
        if (start < end)
            _sum = unchecked(_sum + _words.Of((byte*)start, (byte*)end));
    }

    // Pages of a token that is another allocator's now, which need not have written all of them.
    private void MarkOthers(OwnerRegistry.Snapshot now, OwnerRegistry.Snapshot before)
    {
        var count = Math.Max(now.Count, before.Count);
        for (var token = 0; token < count; token++)
        {
            if (now.At(token) is null || before.At(token) is null || now.At(token) == before.At(token))
                continue;
            for (var page = 0; page < _arena.Map.KnownPages; page++)
            {
                if (OwnerOf(page) == token)
                    _pages.MarkMoved(page);
            }
        }
    }

    private Allocator? OwnerAt(int page) => OwnerOf(page) switch
    {
        OwnerRegistry.None => null,
        OwnerRegistry.UserBlock => _arena.BlocksOfUser,
        var token => _now.At(token),
    };

    private ushort OwnerOf(int page) =>
        _arena.Owners[((nuint)page << _pageShift) >> PageMap.OwnerPageShift];
}
