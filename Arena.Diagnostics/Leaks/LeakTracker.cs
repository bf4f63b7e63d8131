namespace Arena.Diagnostics;

/// <summary>
/// Names every live allocation of an arena by file, line, member and tag, from the moment it is attached until it is
/// disposed: in the Release build that shipped, while the game runs.
/// </summary>
/// <remarks>
/// <para>
/// Earlier allocations are counted exactly, from the allocators' own bitmaps, and listed separately
/// (<see cref="LeakReport.BeforeAttach"/>). Attach and dispose it when no other thread is inside one of the arena's
/// single-threaded allocators: on their thread, or between frames.
/// </para>
/// <para>
/// Everything else may be called from any thread at any time; a report blocks allocating threads while it
/// reads the tables, some milliseconds a million live allocations. Tracking makes no garbage once a line of source
/// has been seen. Frame memory dies together and is not tracked.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var tracker = LeakTracker.Attach(arena);
/// heap.AllocateSpan&lt;int&gt;(100);
/// Console.WriteLine(tracker.Report());                // by file and line
/// </code>
/// </example>
public sealed class LeakTracker : ILinkedObserver, IDisposable
{
    private readonly PageArena _arena;
    private readonly TrackerState _state;
    private readonly LedgerSet _ledgerSet;
    private readonly FrameMeter _frames;
    private readonly BudgetGuard _guard;
    private readonly Lock _lock = new();
    private readonly List<Ledger> _ledgers = [];
    private ITrackerCapture? _capture;
    private bool _disposed;

    private LeakTracker(PageArena arena, LeakTrackerOptions options)
    {
        _arena = arena;
        _state = new TrackerState(options.SampleBytes, options.StacksOfSamples, new GrowingPages("leak tracker"));
        _ledgerSet = new LedgerSet(_state);
        _frames = new FrameMeter(arena, _state.Clock, options.RecentFrames);
        _guard = new BudgetGuard(_state.Tags);
    }

    /// <summary>The current frame: the number of calls of <see cref="EndFrame"/>.</summary>
    public long Frame => _state.Clock.Frame;

    /// <summary>Raised for each frame as it ends, on the thread that ended it.</summary>
    internal event Action<FrameRecord>? FrameEnded;

    /// <summary>Raised for each exception that an allocator of the arena is about to throw.</summary>
    internal event Action<Exception>? Failed;

    /// <summary>Raised when a budget is exceeded or refuses an allocation.</summary>
    internal event Action<BudgetNotice>? BudgetReported;

    /// <summary>Raised at dispose, while everything is still known.</summary>
    internal event Action? Disposing;

    internal PageArena Arena => _arena;

    internal TrackerState State => _state;

    internal LedgerSet LedgerSet => _ledgerSet;

    /// <summary>Starts to track every allocator of an arena, existing and future.</summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public static LeakTracker Attach(PageArena arena) => Attach(arena, new LeakTrackerOptions());

    /// <summary>Starts to track every allocator of an arena, with options.</summary>
    /// <exception cref="ArgumentException">An option is invalid; the message names it.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public static LeakTracker Attach(PageArena arena, LeakTrackerOptions options)
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var tracker = new LeakTracker(arena, options);
        try
        {
            foreach (var allocator in arena.Allocators())
                tracker._ledgerSet.OpenWithWhatLives(allocator);
            arena.Attach(tracker);
        }
        catch
        {
            tracker.Dispose();
            throw;
        }
        return tracker;
    }

    /// <summary>Lists the live allocations that were made since <see cref="Attach(PageArena)"/>.</summary>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public LeakReport Report()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new ReportBuilder(this).Build();
        }
    }

    /// <summary>
    /// Records the live allocations that were made in these frames, by site, tag and size class. It can be compared
    /// with a later one (<see cref="MemorySnapshot.Difference"/>).
    /// </summary>
    /// <param name="fromFrame">The first frame of allocation that counts.</param>
    /// <param name="toFrame">The last frame of allocation that counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The last frame comes before the first.</exception>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public MemorySnapshot Snapshot(long fromFrame = 0, long toFrame = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(toFrame, fromFrame);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return SnapshotBuilder.Build(this, fromFrame, toFrame);
        }
    }

    /// <summary>
    /// Ends a frame: later allocations belong to the next one. Call it once a frame, from one thread.
    /// It costs some nanoseconds an allocator, with a sample some microseconds, and makes no garbage.
    /// </summary>
    /// <returns>The record of the frame. Calls in progress on other threads count in this frame or the next.</returns>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public FrameRecord EndFrame()
    {
        FrameRecord record;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // Deaths of samples are found only by a search.
            if (_state.IsSampling)
                _state.QuietPoint.Flush(_ledgerSet, _ledgers);
            record = _frames.End(_ledgerSet.Totals());
        }
        FrameEnded?.Invoke(record);
        return record;
    }

    /// <summary>Returns the latest frames, up to <see cref="LeakTrackerOptions.RecentFrames"/>, oldest first.</summary>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public IReadOnlyList<FrameRecord> RecentFrames()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _frames.Recent();
        }
    }

    /// <summary>
    /// Records, from now on, the stack of each allocation of a line of source. Taking one costs tens of microseconds
    /// and makes garbage, so it is for a line that a report named, and not for all lines.
    /// </summary>
    /// <param name="file">The file's path, or the end of it: <c>Mesh.cs</c>, <c>Render/Mesh.cs</c>.</param>
    /// <param name="line">The line in it.</param>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public void TakeStacks(string file, int line)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _state.TakeStacks(_ledgerSet, file, line);
        }
    }

    /// <summary>
    /// Sets or replaces the ceilings on the live bytes of a tag. They count allocations under the tag since
    /// <see cref="Attach(PageArena)"/>, and earlier ones of allocators that have the tag as their own. Call it only
    /// where a tracker may be attached. The hard ceiling is exact for one thread; threads that allocate at the same
    /// moment may together exceed it by what they request.
    /// </summary>
    /// <param name="tag">The tag.</param>
    /// <param name="budget">The ceilings.</param>
    /// <exception cref="InvalidOperationException">
    /// The tracker takes a sample, which cannot enforce a ceiling.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public void SetBudget(string tag, MemoryBudget budget)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tag);
        ArgumentNullException.ThrowIfNull(budget);
        if (_state.IsSampling)
        {
            throw new InvalidOperationException(
                $"The tracker of arena '{_arena.Name}' takes a sample, and a budget for tag '{tag}' needs every "
                + "allocation: attach a tracker with SampleBytes 0.");
        }
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_state.HasAccounts)
                _arena.Attach(_guard);
            _state.OpenAccount(_ledgerSet, tag, budget, notice => BudgetReported?.Invoke(notice));
        }
    }

    /// <summary>Passes every site and its counters on; makes no garbage.</summary>
    /// <param name="sink">The receiver.</param>
    /// <param name="scratch">Kept by the caller from one call to the next.</param>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    internal void GiveSitesTo(ISiteSink sink, List<Ledger> scratch)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _state.QuietPoint.Flush(_ledgerSet, scratch);
            _ledgerSet.GiveTo(sink);
        }
    }

    /// <summary>Starts a capture; only one at a time is allowed, because sites carry its numbers.</summary>
    internal void BeginCapture(ITrackerCapture capture)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_capture is { IsEnded: false })
            {
                throw new InvalidOperationException(
                    $"The tracker of arena '{_arena.Name}' is already captured into '{_capture.Path}': dispose that "
                    + "capture first.");
            }
            _capture = capture;
        }
    }

    /// <summary>Stops tracking and forgets everything. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }
        Disposing?.Invoke();
        _arena.Detach(this);
        _arena.Detach(_guard);
        foreach (var ledger in _ledgerSet.View().Ledgers)
            ledger.Close();
        _state.Dispose();
    }

    /// <summary>The arena, the frame and the live bytes.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"LeakTracker of arena '{_arena.Name}', frame {Frame}: {_ledgerSet.Totals().LiveBytes} bytes live")
        + (_disposed ? " (disposed)" : "");

    ObserverLink ILinkedObserver.LinkOf(Allocator allocator) => _ledgerSet.Of(allocator);

    void IAllocationObserver.Allocated(in AllocationEvent e) =>
        Throw.If(_ledgerSet.Of(e.Allocator).Allocated(
            e.Address, e.ByteCount, new SourceLine(e.File, e.Line, e.Member)));

    void IAllocationObserver.Freed(Allocator allocator, nuint address, nuint byteCount) =>
        Throw.If(_ledgerSet.Of(allocator).Freed(address, byteCount));

    void IAllocationObserver.Moved(Allocator allocator, nuint oldAddress, nuint address, nuint byteCount) =>
        Throw.If(_ledgerSet.Of(allocator).Moved(oldAddress, address, byteCount));

    void IAllocationObserver.Cleared(Allocator allocator) => Throw.If(_ledgerSet.Of(allocator).Cleared());

    void IAllocationObserver.Failed(PageArena arena, Exception failure) => Failed?.Invoke(failure);
}
