namespace Arena;

// Finds the differences of two frames. The arena is taken to both of them and back to the present, so that each
// allocator itself shows its live allocations; no frame is dropped, and the allocators end unchanged.
public sealed unsafe partial class ArenaHistory
{
    /// <summary>Returns the live allocations in which two frames differ, by runs of bytes, in address order.</summary>
    /// <remarks>
    /// It is a debugging tool, and not for every frame: it walks all live allocations, and makes garbage. Free memory
    /// and tables are not compared.
    /// </remarks>
    /// <param name="a">A held frame.</param>
    /// <param name="b">Another one, earlier or later.</param>
    /// <exception cref="ArgumentOutOfRangeException">A frame is not held; nothing was changed.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no memory to keep the present; nothing was changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public IReadOnlyList<HistoryDifference> Difference(long a, long b)
    {
        ThrowIfDisposed();
        var (first, second) = (IndexOf(a), IndexOf(b));
        CheckReturns(_frames[first]);
        CheckReturns(_frames[second]);
        var present = _frames[_count];
        KeepPresent(present);
        var newest = _count - 1;
        _pages.Swap(_changes);
        var strangers = Strangers(present, _frames[first], _frames[second]);
        using var gone = new StateStream();
        gone.BeginSaving();
        foreach (var stranger in strangers)
            stranger.KeepState(gone);
        try
        {
            var left = RangesOf(newest, first);
            Seek(first, newest);
            var right = RangesOf(newest, second);
            var images = ImagesOf(first, second);
            var differences = new Differences(_pages, images).Between(left, right);
            Seek(second, newest);
            return differences;
        }
        finally
        {
            _pages.Swap(_changes);
            Open(present);
            Show(present, isLook: false);
            gone.BeginRestoring();
            foreach (var stranger in strangers)
            {
                stranger.Depart();
                stranger.KeepState(gone);
            }
            _pages.Swap(_changes);
            _pages.Forget(_changes);
        }
    }

    // Keeps the present state of the arena in the list behind the newest frame.
    private void KeepPresent(SavedFrame present)
    {
        try
        {
            lock (_arena.PagesLock)
            {
                SaveState(present);
                _pages.Capture(_changes);
            }
        }
        catch (OutOfMemoryException failure) when (failure is not ArenaOutOfMemoryException)
        {
            throw new ArenaOutOfMemoryException(
                $"The history of arena '{_arena.Name}' cannot compare frames: the system has no memory for copies of "
                + "the pages that changed since the newest one. Save the present frame first. Nothing was changed.",
                _arena.OsPageBytes);
        }
    }

    private IReadOnlyList<LiveRange> RangesOf(int newest, int index)
    {
        Seek(newest, index);
        var saved = _frames[index];
        if (Open(saved) is { } why)
        {
            Seek(index, newest);
            throw new ArenaOutOfMemoryException(
                $"The history of arena '{_arena.Name}' cannot look at frame {saved.Number}: {why}.",
                _arena.OsPageBytes);
        }
        Show(saved, isLook: true);
        var ranges = new LiveRanges();
        for (var token = 0; token < saved.Owners.Count; token++)
        {
            if (saved.Owners.At(token) is { } allocator)
                ranges.Add(allocator);
        }
        ranges.Add(_arena.BlocksOfUser);
        return ranges.Sorted();
    }

    // Returns, by unit, the first frame's copies of the pages that differ from the second frame, which the table of
    // pages is at.
    private Dictionary<int, int> ImagesOf(int first, int second)
    {
        var images = new Dictionary<int, int>();
        if (first < second)
        {
            for (var i = first; i < second; i++)
                AddTo(images, _frames[i].Changes);
        }
        else
        {
            for (var i = first - 1; i >= second; i--)
                AddTo(images, _frames[i].Changes);
        }
        return images;

        static void AddTo(Dictionary<int, int> images, PageChanges changes)
        {
            for (var i = 0; i < changes.Count; i++)
                images.TryAdd(changes[i].Unit, changes[i].Copy);
        }
    }

    // Returns the allocators that are back only to be looked at.
    private static Allocator[] Strangers(SavedFrame present, SavedFrame first, SavedFrame second) =>
        [.. AllOf(first).Union(AllOf(second)).Except(AllOf(present))];

    private static IEnumerable<Allocator> AllOf(SavedFrame frame) =>
        Enumerable.Range(0, frame.Owners.Count).Select(frame.Owners.At).OfType<Allocator>();
}
