namespace Arena;

// Where two frames differ. The arena is taken to both of them and back to where it is, so that each allocator says
// itself what lived then; nothing is dropped, and no allocator notices.
public sealed unsafe partial class ArenaHistory
{
    /// <summary>In which live allocations two frames differ, by runs of bytes, in address order.</summary>
    /// <remarks>
    /// A tool for finding out, not for every frame: it walks all that lives, and makes garbage. What the arena holds
    /// beside live allocations, free memory and tables, is not compared.
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
        _hasGone = true;
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

    // The arena as it is, in the list behind the newest frame.
    private void KeepPresent(SavedFrame present)
    {
        try
        {
            lock (_arena.PagesLock)
            {
                SaveState(present);
                CapturePresent();
            }
        }
        catch (OutOfMemoryException failure) when (failure is not ArenaOutOfMemoryException)
        {
            throw new ArenaOutOfMemoryException(
                $"The history of arena '{_arena.Name}' cannot keep the present while it looks at another frame: the "
                + "system has no memory for copies of the pages that changed since the newest one. Save the present "
                + "frame first. Nothing was changed.",
                _arena.OsPageBytes);
        }
    }

    private void CapturePresent()
    {
        try
        {
            _pages.Capture(_changes, sums: null);
            _pages.Settle(_changes);
        }
        catch (OutOfMemoryException)
        {
            _pages.Undo(_changes);
            throw;
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

    // By unit: what the first frame has where it differs from the second, which the table of pages is at.
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
            {
                if (changes[i].Copy != PageCopies.Same)
                    images.TryAdd(changes[i].Unit, changes[i].Copy);
            }
        }
    }

    // Those that are there only to be looked at.
    private static Allocator[] Strangers(SavedFrame present, SavedFrame first, SavedFrame second) =>
        [.. AllOf(first).Union(AllOf(second)).Except(AllOf(present))];

    private static IEnumerable<Allocator> AllOf(SavedFrame frame) =>
        Enumerable.Range(0, frame.Owners.Count).Select(frame.Owners.At).OfType<Allocator>();
}
