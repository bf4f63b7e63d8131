using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The checksum of what lives in an arena: a sum over all pages, and in each page over the pieces of live allocations
/// in it, of a hash of the piece's place, counted from the arena's first address, and of its bytes.
/// <code>
/// page          0               1               2
/// live          | aaaa  bbbbbbb bbbbbb     cc   |  ddd       |
/// sum             h(a) + h(b1)    h(b2) + h(c)     h(d)             checksum = all of them
/// </code>
/// A sum of sums can be brought up to date: only pages whose contents or outlines changed are read. A word that is an
/// address inside the arena is counted from the first address too, so that two machines agree whose arenas lie
/// elsewhere.
/// </summary>
internal sealed unsafe class LiveSums : ILiveOutlines, IMemoryVisitor
{
    private const ulong First = 0x9E37_79B9_7F4A_7C15;
    private const ulong Second = 0xC2B2_AE3D_27D4_EB4F;
    private const int Lanes = 4;

    private readonly PageArena _arena;
    private readonly PageVersions _pages;
    private readonly nuint _base;

    // No word is below 0.
    private readonly nuint _addresses;
    private PageChanges _changes = null!;
    private nuint _from;
    private nuint _end;
    private nuint _offset;
    private bool _isFull;

    public LiveSums(PageArena arena, PageVersions pages, bool takesAddressesAsTheyAre)
    {
        _arena = arena;
        _pages = pages;
        _base = (nuint)arena.Base;
        _addresses = takesAddressesAsTheyAre ? 0 : arena.ReservedBytes;
    }

    /// <inheritdoc/>
    public nuint PageBytes => _arena.OsPageBytes;

    /// <summary>Brings sums and outlines up to the arena, whose pages were captured.</summary>
    /// <param name="now">The arena's allocators.</param>
    /// <param name="before">Those of the table's frame; null for none.</param>
    /// <param name="isFull">Outlines are to be given where nothing seems to have changed, too.</param>
    /// <param name="changes">Gets what the table had before.</param>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public void Update(
        OwnerRegistry.Snapshot now, OwnerRegistry.Snapshot? before, bool isFull, PageChanges changes)
    {
        _changes = changes;
        _isFull = isFull;
        if (before is not null)
            MarkOthers(now, before);
        _pages.ForgetMoved(changes);
        for (var token = 0; token < now.Count; token++)
            now.At(token)?.GiveOutlines(this);
        for (var word = 0; word < _pages.WordCount; word++)
        {
            var changed = _pages.Changed(word);
            while (BitRuns.CutRun(ref changed, word, out var first, out var end))
                Take(now, first, Math.Min(end, _arena.Map.KnownPages));
        }
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

    public void Live(nuint address, nuint byteCount)
    {
        var start = nuint.Max(address + _offset, _from);
        var end = nuint.Min(address + byteCount, _end);
        while (start < end)
        {
            var pageEnd = nuint.Min(_pages.EndOfPage(start), end);
            _pages.AddToSum(_pages.PageOf((void*)start), Of(start, pageEnd - start));
            start = pageEnd;
        }
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

    private ushort OwnerOf(int page) =>
        _arena.Owners[((nuint)page * PageBytes) >> PageMap.OwnerPageShift];

    // The pages [first, end), one block's at a time.
    private void Take(OwnerRegistry.Snapshot now, int first, int end)
    {
        for (var page = first; page < end;)
        {
            var owner = OwnerOf(page);
            var blockEnd = page + 1;
            while (blockEnd < end && OwnerOf(blockEnd) == owner && !_arena.Map.Starts[blockEnd])
                blockEnd++;
            for (var cleared = page; cleared < blockEnd; cleared++)
                _pages.ClearSum(cleared, _changes);
            if (owner != OwnerRegistry.Nobody && _arena.Map.Lent[page])
                Add(owner == OwnerRegistry.UserBlock ? _arena.BlocksOfUser : now.At(owner), page, blockEnd);
            page = blockEnd;
        }
    }

    private void Add(Allocator? owner, int first, int end)
    {
        _from = _base + (nuint)first * PageBytes;
        _end = _base + (nuint)end * PageBytes;
        _offset = owner?.ValueOffset ?? 0;
        owner?.WalkPart(this, _from, _end);
    }

    private ulong Of(nuint address, nuint byteCount)
    {
        unchecked
        {
            var place = (ulong)(address - _base) * First;
            return Mix(place ^ Of((byte*)address, byteCount) ^ byteCount * Second);
        }
    }

    private ulong Of(byte* bytes, nuint byteCount)
    {
        ulong a = 1, b = 2, c = 3, d = 4;
        var end = bytes + byteCount;
        for (; end - bytes >= Lanes * sizeof(ulong); bytes += Lanes * sizeof(ulong))
        {
            a = Step(a, Word(bytes));
            b = Step(b, Word(bytes + 8));
            c = Step(c, Word(bytes + 16));
            d = Step(d, Word(bytes + 24));
        }
        for (; end - bytes >= sizeof(ulong); bytes += sizeof(ulong))
            a = Step(a, Word(bytes));
        for (; bytes < end; bytes++)
            b = Step(b, *bytes);
        return Step(Step(Step(a, b), c), d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Word(byte* at)
    {
        var word = Unsafe.ReadUnaligned<ulong>(at);
        var offset = unchecked(word - _base);
        return offset < _addresses ? offset : word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Step(ulong hash, ulong word) =>
        unchecked(BitOperations.RotateLeft(hash ^ word * Second, 29) * First);

    private static ulong Mix(ulong hash)
    {
        unchecked
        {
            hash = (hash ^ hash >> 32) * Second;
            return hash ^ hash >> 29;
        }
    }
}
