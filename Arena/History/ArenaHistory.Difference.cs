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
        var newest = _count - 1;
        Differences? differences = null;
        Look([_frames[first], _frames[second]], () =>
        {
            var left = RangesOf(newest, first);
            Seek(first, newest);
            var right = RangesOf(newest, second);
            differences = new Differences(_pages, ImagesOf(first, second));
            differences.Find(left, right);
            Seek(second, newest);
        });
        return differences!.WithLines();
    }

    /// <summary>
    /// In which live allocations a frame differs from one in a stream, which <see cref="WriteTo"/> wrote in another
    /// process: for two machines whose checksums differ.
    /// </summary>
    /// <param name="frame">A held frame: the first one of the two.</param>
    /// <param name="other">Is read to the end of its frame, the second one, and left open; see <see cref="ReadFrom"/>.
    /// </param>
    /// <exception cref="ArgumentNullException">The stream is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The frame is not held; nothing was changed.</exception>
    /// <exception cref="InvalidDataException">
    /// The stream holds no frame, or a damaged one; nothing was changed.
    /// </exception>
    /// <exception cref="InvalidOperationException">The stream's frame is of another arena.</exception>
    /// <exception cref="ArenaOutOfMemoryException">There is no memory for it; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public IReadOnlyList<HistoryDifference> Difference(long frame, Stream other)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(other);
        var index = IndexOf(frame);
        using var incoming = Receive(other);
        var newest = _count - 1;
        Differences? differences = null;
        Look([_frames[index]], () =>
        {
            var left = RangesOf(newest, index);
            _pages.Swap(incoming.Frame.Changes);
            try
            {
                foreach (var allocator in _arena.Allocators())
                    allocator.LoseHandle();
                OpenRead(incoming);
                Show(incoming.Frame, isLook: true);
                CheckRead();
                differences = new Differences(_pages, ImagesOf(incoming.Frame.Changes));
                differences.Find(left, RangesOf(incoming.Frame));
            }
            finally
            {
                _pages.Swap(incoming.Frame.Changes);
                Seek(index, newest);
            }
        });
        return differences!.WithLines();
    }

    // Keeps the present, looks at frames, and shows the present again.
    private void Look(SavedFrame[] frames, Action look)
    {
        // Allocators lose handles that the frames do not know, and get them back: no other one may take them meanwhile.
        using var held = AllocatorTable.Hold();
        foreach (var frame in frames)
            CheckReturns(frame);
        var present = Spare();
        KeepPresent(present);
        _hasGone = true;
        _pages.Swap(_changes);
        var strangers = Strangers(present, frames);
        using var gone = new StateStream();
        gone.BeginSaving();
        foreach (var stranger in strangers)
            stranger.KeepState(gone);
        try
        {
            look();
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
        return RangesOf(saved);
    }

    private IReadOnlyList<LiveRange> RangesOf(SavedFrame saved)
    {
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
    }

    private static Dictionary<int, int> ImagesOf(PageChanges changes)
    {
        var images = new Dictionary<int, int>();
        AddTo(images, changes);
        return images;
    }

    private static void AddTo(Dictionary<int, int> images, PageChanges changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            if (changes[i].Copy != PageCopies.Same)
                images.TryAdd(changes[i].Unit, changes[i].Copy);
        }
    }

    // Those that are there only to be looked at.
    private static Allocator[] Strangers(SavedFrame present, SavedFrame[] frames) =>
        [.. frames.SelectMany(AllOf).Distinct().Except(AllOf(present))];

    private static IEnumerable<Allocator> AllOf(SavedFrame frame) =>
        Enumerable.Range(0, frame.Owners.Count).Select(frame.Owners.At).OfType<Allocator>();
}
