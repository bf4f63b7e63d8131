namespace Arena;

/// <summary>
/// Finds the lowest run of free pages that is long enough, in a number of steps logarithmic in the arena's size.
/// </summary>
/// <remarks>
/// <para>
/// A tree has a node for every 512 pages (a chunk), for every 8 chunks, for every 8 of those and so on. A node holds
/// how many pages are free at its start and at its end, and its longest free run. A search goes down only where a run
/// is long enough, and carries the free pages that end where the next node starts.
/// </para>
/// <para>
/// A node is stored before its children, and all nodes in the order of their pages, so that the nodes of pages that
/// were ever lent come first: the table grows with the arena. Pages beyond are free.
/// </para>
/// </remarks>
internal sealed unsafe class FreeRuns
{
    /// <summary>The pages of a chunk.</summary>
    public const int ChunkPages = 1 << ChunkShift;

    private const int ChunkShift = 9;
    private const int FanShift = 3;
    private const int Fan = 1 << FanShift;

    private readonly PageBitmap _lent;
    private readonly Node* _nodes;
    private readonly int _pageCount;
    private readonly int _top;
    private readonly int[] _nodesOf;
    private int _knownPages;

    public FreeRuns(PageBitmap lent, void* nodes, int pageCount)
    {
        _lent = lent;
        _nodes = (Node*)nodes;
        _pageCount = pageCount;
        _top = TopLevel(pageCount);
        _nodesOf = NodesOfLevels(_top);
    }

    /// <summary>The number of nodes that were looked at, for tests.</summary>
    public long Steps { get; private set; }

    /// <summary>The pages of the longest run.</summary>
    public int Longest => At(_top, 0, 0).Longest;

    /// <summary>Returns the bytes of the nodes of an arena's first pages.</summary>
    public static nuint TableBytes(int pages, int pageCount)
    {
        if (pages == 0)
            return 0;
        var top = TopLevel(pageCount);
        return (nuint)(Position(0, (pages - 1) >> ChunkShift, top, NodesOfLevels(top)) + 1) * (nuint)sizeof(Node);
    }

    /// <summary>Adds nodes for the pages below, a multiple of a chunk or all.</summary>
    public void Grow(int knownPages)
    {
        var before = _knownPages;
        _knownPages = knownPages;
        Update(before, knownPages);
    }

    /// <summary>
    /// Finds the lowest page at or after <paramref name="from"/> from which on this many are free; -1 if there is none.
    /// </summary>
    public int Find(int pages, int from)
    {
        // No node describes a range that starts in its middle, beyond the pages that were ever lent.
        if (from >= _knownPages)
            return from <= _pageCount - pages ? from : -1;
        var search = new Search { Pages = pages, From = from };
        return Find(_top, 0, 0, ref search);
    }

    /// <summary>Updates the nodes after the pages [first, end) were lent or taken back.</summary>
    public void Update(int first, int end)
    {
        var (from, to) = (first >> ChunkShift, (end - 1) >> ChunkShift);
        var changed = false;
        for (var chunk = from; chunk <= to; chunk++)
            changed |= Replace(0, chunk, OfChunk(chunk));
        for (var level = 1; level <= _top && changed; level++)
        {
            (from, to) = (from >> FanShift, to >> FanShift);
            changed = false;
            for (var index = from; index <= to; index++)
                changed |= Replace(level, index, OfChildren(level, index));
        }
    }

    private static int TopLevel(int pageCount)
    {
        var top = 0;
        while (pageCount > SizeOf(top))
            top++;
        return top;
    }

    // Returns the pages of a node; at most 2^30, because an arena has no more.
    private static int SizeOf(int level) => ChunkPages << (FanShift * level);

    private static int[] NodesOfLevels(int top)
    {
        var nodes = new int[top + 1];
        for (var level = 0; level <= top; level++)
            nodes[level] = level == 0 ? 1 : 1 + Fan * nodes[level - 1];
        return nodes;
    }

    private static int Position(int level, int index, int top, int[] nodesOf)
    {
        var position = 0;
        for (var above = top; above > level; above--)
            position += 1 + (index >> (FanShift * (above - 1 - level)) & (Fan - 1)) * nodesOf[above - 1];
        return position;
    }

    private int Find(int level, int index, int position, ref Search search)
    {
        Steps++;
        var (start, size) = (index * SizeOf(level), SizeOf(level));
        var node = At(level, index, position);
        if (search.From <= start && search.Carried + node.Prefix >= search.Pages)
            return start - search.Carried;
        if (node.Longest >= search.Pages && search.From < start + size)
            return level == 0 ? FindInChunk(start, ref search) : FindBelow(level, index, position, ref search);
        if (search.From > start)
            search.Carried = Math.Max(0, Math.Min(node.Suffix, start + size - search.From));
        else
            search.Carried = node.Prefix == size ? search.Carried + size : node.Suffix;
        return -1;
    }

    private int FindBelow(int level, int index, int position, ref Search search)
    {
        var child = index << FanShift;
        for (var i = 0; i < Fan && (child + i) * SizeOf(level - 1) < _pageCount; i++)
        {
            var page = Find(level - 1, child + i, position + 1 + i * _nodesOf[level - 1], ref search);
            if (page >= 0)
                return page;
        }
        return -1;
    }

    private int FindInChunk(int start, ref Search search)
    {
        var page = Math.Max(start, search.From);
        var end = Math.Min(start + ChunkPages, _pageCount);
        while (true)
        {
            var lent = _lent.FirstSet(page, end);
            if (search.Carried + lent - page >= search.Pages)
                return page - search.Carried;
            search.Carried = lent == end ? search.Carried + end - page : 0;
            if (lent == end)
                return -1;
            page = _lent.FirstClear(lent, end);
        }
    }

    private Node At(int level, int index, int position)
    {
        var (start, size) = (index * SizeOf(level), SizeOf(level));
        return start < _knownPages ? _nodes[position] : Node.Free(size, Math.Min(size, _pageCount - start));
    }

    private bool Replace(int level, int index, Node node)
    {
        Steps++;
        ref var place = ref _nodes[Position(level, index, _top, _nodesOf)];
        if (place == node)
            return false;
        place = node;
        return true;
    }

    private Node OfChunk(int chunk)
    {
        var sum = new Sum();
        var start = chunk << ChunkShift;
        var end = Math.Min(start + ChunkPages, _pageCount);
        for (var page = start; page < end;)
        {
            var lent = _lent.FirstSet(page, end);
            sum.AddFree(lent - page);
            page = _lent.FirstClear(lent, end);
            if (page > lent)
                sum.AddLent();
        }
        if (end < start + ChunkPages)
            sum.AddLent();
        return sum.Node;
    }

    private Node OfChildren(int level, int index)
    {
        var sum = new Sum();
        var position = Position(level, index, _top, _nodesOf) + 1;
        var child = index << FanShift;
        for (var i = 0; i < Fan; i++)
        {
            if ((child + i) * SizeOf(level - 1) < _pageCount)
                sum.Add(At(level - 1, child + i, position + i * _nodesOf[level - 1]), SizeOf(level - 1));
            else
                sum.AddLent();
        }
        return sum.Node;
    }

    // Free pages at the start, in the longest run and at the end. Pages that do not exist count as lent.
    private readonly record struct Node(int Prefix, int Longest, int Suffix)
    {
        public static Node Free(int size, int pages) => new(pages, pages, pages == size ? size : 0);
    }

    // Carried is the number of free pages that end where the next node starts; they begin at From.
    private struct Search
    {
        public int Pages;
        public int From;
        public int Carried;
    }

    private struct Sum
    {
        private int _prefix;
        private int _longest;
        private int _suffix;
        private bool _hasLent;

        public readonly Node Node => new(_hasLent ? _prefix : _suffix, _longest, _suffix);

        public void AddFree(int pages)
        {
            _suffix += pages;
            _longest = Math.Max(_longest, _suffix);
        }

        public void AddLent()
        {
            if (!_hasLent)
                _prefix = _suffix;
            _hasLent = true;
            _suffix = 0;
        }

        public void Add(Node node, int size)
        {
            AddFree(node.Prefix);
            if (node.Prefix == size)
                return;
            AddLent();
            _longest = Math.Max(_longest, node.Longest);
            AddFree(node.Suffix);
        }
    }
}
