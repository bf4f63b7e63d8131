namespace Arena;

/// <summary>
/// Saves the last frames of an arena, and takes the whole arena back to any of them. After that every allocator and
/// every container on the arena is as it was: contents, counts, free lists, generations, and the next allocations.
/// Pointers and handles of that frame are valid again.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Restore"/> disposes allocators that were made after the frame, and brings back those that were disposed
/// after it. Memory that must not go back, such as that of audio, rendering or a log, belongs on another arena.
/// </para>
/// <para>
/// A history is for one thread. During its calls, no other thread may be inside one of the arena's allocators. Its own
/// memory is outside the arena, and not in the arena's budget.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var history = ArenaHistory.Attach(arena, frames: 8);
/// history.Save(0);
/// *(int*)arena.Allocate(4096).Address = 7;
/// history.Restore(0);     // as if nothing had been allocated
/// </code>
/// </example>
public sealed unsafe partial class ArenaHistory : IDisposable
{
    private readonly PageArena _arena;
    private readonly PageVersions _pages;
    private readonly LiveSums _sums;

    // The oldest frame is first, and those behind the last one are free. In the end there is one more than can be held.
    private SavedFrame[] _frames = [];
    private int _count;
    private PageChanges _changes = new();
    private bool _isDisposed;

    // How often other threads had entered the allocators when a call began; only a Debug build asks.
    private long _entries;

    // The table is at another frame than the one that the allocators last gave their outlines for.
    private bool _hasGone;

    private ArenaHistory(PageArena arena, int frames, ArenaHistoryOptions options)
    {
        _arena = arena;
        _pages = new PageVersions(arena, options.Mechanism);
        _sums = new LiveSums(arena, _pages, options.ComparesAddresses);
        Capacity = frames;
        arena.TakeHistory(this);
    }

    /// <summary>The arena that goes back.</summary>
    public PageArena Arena => _arena;

    /// <summary>The mechanism by which it finds changed pages at present.</summary>
    public HistoryMechanism Mechanism => _pages.Mechanism;

    /// <summary>The most frames that it holds.</summary>
    public int Capacity { get; }

    /// <summary>The number of frames that it holds; their numbers have no gaps.</summary>
    public int Count => _count;

    /// <summary>The oldest frame that it holds; -1 if there is none.</summary>
    public long OldestFrame => _count == 0 ? -1 : _frames[0].Number;

    /// <summary>The newest frame that it holds; -1 if there is none.</summary>
    public long NewestFrame => _count == 0 ? -1 : _frames[_count - 1].Number;

    /// <summary>
    /// The bytes of memory that it holds outside of the arena: a copy of every committed page of one frame, a copy of
    /// each page for each older frame in which it differs from the next, and tables. The memory is kept until Dispose.
    /// </summary>
    public nuint HeldBytes
    {
        get
        {
            if (_isDisposed)
                return 0;
            var sum = _pages.HeldBytes + _changes.HeldBytes;
            foreach (var frame in _frames)
                sum += frame.HeldBytes;
            return sum;
        }
    }

    /// <summary>Makes a history of an arena. It holds no frame at first.</summary>
    /// <param name="arena">An arena without a history and without guard pages.</param>
    /// <param name="frames">The most frames that it can hold; when one more is saved, the oldest is dropped.</param>
    /// <param name="options">The options; null takes the defaults.</param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="frames"/> is less than 1.</exception>
    /// <exception cref="InvalidOperationException">
    /// The arena has a history already, guard pages, a guard, shared pages, or an allocator that cannot go back, such
    /// as a relocatable heap with pins; the message names it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public static ArenaHistory Attach(PageArena arena, int frames, ArenaHistoryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(arena);
        if (frames is < 1 or > MostFrames)
        {
            throw new ArgumentOutOfRangeException(
                nameof(frames),
                $"A history of arena '{arena.Name}' cannot hold {frames} frames; give 1 to {MostFrames}.");
        }
        if (arena.HasGuardPages)
        {
            throw new InvalidOperationException(
                $"Arena '{arena.Name}' has guard pages, and those do not go back; make it without "
                + $"{nameof(PageArenaOptions.GuardPages)} if it has to have a history.");
        }
        if (arena.SharesPages || arena.GuardOfAll is not null || arena.LingeringGuard() is not null)
        {
            var (what, option) = arena.SharesPages
                ? ("shares pages", nameof(PageArenaOptions.SharePages))
                : ("has a guard", nameof(PageArenaOptions.Guard));
            throw new InvalidOperationException(
                $"Arena '{arena.Name}' {what}, and that does not go back; make it without {option} if it has to have "
                + "a history.");
        }
        CheckAllCanGoBack(arena);
        if (arena.HasHistory)
        {
            throw new InvalidOperationException(
                $"Arena '{arena.Name}' has a history already; dispose that one, or use it.");
        }
        return new ArenaHistory(arena, frames, options ?? new ArenaHistoryOptions());
    }

    /// <summary>Saves the arena as it is now.</summary>
    /// <param name="frame">
    /// The frame's number, 0 or more: the newest frame's plus one, any number while no frame is held, or the number of
    /// a held frame, which is replaced and drops the later ones.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not one of these; nothing was changed.</exception>
    /// <exception cref="ArenaOutOfMemoryException">There is no memory for the copies; nothing was changed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The arena has an allocator now that cannot go back, such as a relocatable heap with pins; the message names it.
    /// Nothing was changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public void Save(long frame)
    {
        ThrowIfDisposed();
        var kept = CheckNumber(frame);
        var saved = Spare();
        try
        {
            lock (_arena.PagesLock)
            {
                SaveState(saved);
                CountEntries(saved);
                Capture(saved, Math.Max(kept - 1, 0));
                AssertQuiet(saved);
            }
        }
        catch (OutOfMemoryException failure) when (failure is not ArenaOutOfMemoryException)
        {
            throw new ArenaOutOfMemoryException(
                $"The history of arena '{_arena.Name}' cannot save frame {frame}: the system has no memory for copies "
                + $"of the pages that changed, and {HeldBytes} bytes are held; a history of fewer frames needs less. "
                + "Nothing was changed.", _arena.OsPageBytes);
        }
        saved.Number = frame;
        if (kept > 0)
            (_frames[kept - 1].Changes, _changes) = (_changes, _frames[kept - 1].Changes);
        _pages.Forget(_changes);
        // The first frame differs from nothing in every page; the next one does not.
        if (kept == 0)
            _changes.Dispose();
        (_frames[kept], _frames[_count]) = (saved, _frames[kept]);
        _count = kept + 1;
        if (_count > Capacity)
            DropOldest();
    }

    /// <summary>Takes the arena back to a frame, and drops the frames after it.</summary>
    /// <param name="frame">A held frame.</param>
    /// <exception cref="ArgumentOutOfRangeException">The frame is not held; nothing was changed.</exception>
    /// <exception cref="ArenaOutOfMemoryException">
    /// There is no storage for a page that the arena had then; nothing was changed.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The arena has an allocator now that cannot go back, such as a relocatable heap with pins; the message names it.
    /// Nothing was changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public void Restore(long frame)
    {
        ThrowIfDisposed();
        var index = IndexOf(frame);
        var saved = _frames[index];
        // Allocators that come back get their handles back: no other one may take them meanwhile.
        using var held = AllocatorTable.Hold();
        CheckAllCanGoBack(_arena);
        CheckReturns(saved);
        CountEntries(saved);
        Seek(_count - 1, index);
        if (Open(saved) is { } why)
        {
            Seek(index, _count - 1);
            throw new ArenaOutOfMemoryException(
                $"The history of arena '{_arena.Name}' cannot restore frame {frame}: {why}. Nothing was changed.",
                _arena.OsPageBytes);
        }
        var failures = new Failures();
        EndYounger(saved, ref failures);
        var watched = Watched(_arena.Allocators());
        Show(saved, isLook: false);
        Notify(watched, ref failures);
        Forget(index, _count);
        _count = index + 1;
        _hasGone = true;
        _arena.NotifyWentBack($"went back to frame {frame}");
        AssertQuiet(saved);
        failures.Throw();
    }

    /// <summary>Returns whether a frame is held.</summary>
    /// <param name="frame">Any number.</param>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public bool Contains(long frame)
    {
        ThrowIfDisposed();
        return _count != 0 && frame >= OldestFrame && frame <= NewestFrame;
    }

    /// <summary>Drops all frames. Their memory is kept for the next ones.</summary>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public void Discard()
    {
        ThrowIfDisposed();
        Forget(0, _count);
        _pages.ForgetSums();
        _count = 0;
    }

    /// <summary>
    /// Returns a checksum of the live allocations of a frame. It is equal if their contents are, whatever is in free
    /// memory, and whatever the arena's address is.
    /// </summary>
    /// <param name="frame">A held frame.</param>
    /// <exception cref="ArgumentOutOfRangeException">The frame is not held.</exception>
    /// <exception cref="ObjectDisposedException">The history, or its arena, was disposed.</exception>
    public ulong Checksum(long frame)
    {
        ThrowIfDisposed();
        return _frames[IndexOf(frame)].Checksum;
    }

    /// <summary>Gives its memory back. The arena does not change.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _arena.LeaveHistory(this);
        Free();
    }

    /// <summary>The arena's name, and the held frames.</summary>
    public override string ToString() => _isDisposed ? $"history of arena '{_arena.Name}' (disposed)"
        : _count == 0 ? $"history of arena '{_arena.Name}': no frame, {HeldBytes} bytes held"
        : $"history of arena '{_arena.Name}': frames {OldestFrame} to {NewestFrame}, {HeldBytes} bytes held";

    private void Free()
    {
        _pages.Dispose();
        _changes.Dispose();
        foreach (var frame in _frames)
            frame.Dispose();
        _count = 0;
    }
}
