namespace Arena.Diagnostics;

/// <summary>
/// Publishes an arena to collectors of .NET metrics (OpenTelemetry, dotnet-counters, a MeterListener): the meter
/// <c>Arena</c>, one set of series for each observed arena. docs/metrics.md lists the instruments.
/// </summary>
/// <remarks>
/// Collectors call from threads of their own, and live bytes may be counted only where no other thread is inside a
/// single-threaded allocator. So the game calls <see cref="Update"/> at a quiet point, once a frame for example; it
/// reads the arena once an interval, and collectors see that reading. Committed, reserved and the limit are read
/// at collection. Updating makes no garbage; collecting makes as much as the API does.
/// </remarks>
/// <example>
/// <code>
/// using var metrics = ArenaMetrics.Observe(arena);    // for OpenTelemetry, Prometheus, dotnet-counters
/// metrics.Update();                                   // once a frame, where nothing is inside an allocator
/// </code>
/// </example>
public sealed class ArenaMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Arena";

    private readonly Lock _lock = new();
    private readonly PageArena _arena;
    private readonly ArenaMetricsOptions _options;
    private readonly AllocationNotifier _notifier;
    private readonly LiveCategories _tags;
    private Allocator?[] _scratch = [];
    private ArenaReading _reading;
    private TrendReport? _trend;
    private long _liveWhenAttached;
    private long _due = long.MinValue;
    private bool _attached;
    private bool _disposed;

    private ArenaMetrics(PageArena arena, ArenaMetricsOptions options, string name)
    {
        _arena = arena;
        _options = options;
        Name = name;
        _notifier = new AllocationNotifier(name);
        _tags = new LiveCategories(options.Tags, options.MaximumTags);
    }

    /// <summary>
    /// The attribute <c>arena.heap.name</c> of its series: the arena's name, with a number if another arena observed at
    /// the time has the same name.
    /// </summary>
    public string Name { get; }

    /// <summary>
    /// The latest verdict of a leak detector on the arena, for the <c>arena.leak</c> instruments; null for none.
    /// </summary>
    public TrendReport? Trend
    {
        get
        {
            lock (_lock)
                return _trend;
        }
        set
        {
            lock (_lock)
                _trend = value;
            if (value is { Verdict: >= TrendVerdict.Suspected } leak && ArenaEventSource.Log.NotifiesLeaks)
            {
                ArenaEventSource.Log.LeakTrendFound(
                    Name, leak.Verdict.ToString(), leak.SlopeBytesPerSecond, leak.SlopeLowerBytesPerSecond,
                    leak.SlopeUpperBytesPerSecond);
            }
        }
    }

    internal PageArena Arena => _arena;

    internal bool CountsAllocations => _options.CountsAllocations;

    internal long LimitBytes =>
        _options.LimitBytes ?? (long)nuint.Min(_arena.BudgetBytes, _arena.ReservedBytes);

    /// <summary>Begins to observe an arena; call it only where <see cref="Update"/> is allowed.</summary>
    /// <param name="arena">The arena.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public static ArenaMetrics Observe(PageArena arena, ArenaMetricsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(arena);
        options ??= new ArenaMetricsOptions();
        options.Check();
        var metrics = ArenaInstruments.Add(arena.Name, name => new ArenaMetrics(arena, options, name));
        try
        {
            arena.LeaksFound += ErrorListener.LeftAlive;
            metrics.Update();
        }
        catch
        {
            metrics.Dispose();
            throw;
        }
        return metrics;
    }

    /// <summary>Counts a violation of the program's own ceiling in <c>arena.budget.violations</c>.</summary>
    /// <param name="heapName">The arena's name.</param>
    /// <param name="tag">The tag that has the budget; null if the arena itself has it.</param>
    public static void CountBudgetViolation(string heapName, string? tag)
    {
        ArgumentNullException.ThrowIfNull(heapName);
        ArenaInstruments.CountBudgetViolation(heapName, tag);
    }

    /// <summary>
    /// Reads the arena if the interval has passed since the last time; otherwise it only reads the clock. Call it where
    /// no other thread is inside one of the arena's single-threaded allocators.
    /// </summary>
    /// <returns>True if it was read.</returns>
    /// <exception cref="ObjectDisposedException">This or the arena was disposed.</exception>
    public bool Update()
    {
        var clock = _options.TimeProvider;
        long now = clock.GetTimestamp();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (now < _due)
                return false;
            AttachAsNeeded();
            Read();
            _due = now + (long)(_options.Interval.TotalSeconds * clock.TimestampFrequency);
        }
        return true;
    }

    /// <summary>
    /// Ends the series, which also end with the arena; call it only where <see cref="Update"/> is allowed. Disposing
    /// twice does nothing.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _arena.LeaksFound -= ErrorListener.LeftAlive;
            if (_attached)
                _arena.Detach(_notifier);
        }
        ArenaInstruments.Remove(this);
    }

    internal ArenaReading Reading()
    {
        lock (_lock)
            return _reading;
    }

    /// <summary>Returns the tags with their live bytes and, last, the bytes without a tag.</summary>
    internal (string? Tag, long Bytes)[] UsageByTag()
    {
        lock (_lock)
            return _tags.With(_reading.UsedBytes);
    }

    // Attaches if a session needs it. Sessions that enable events come and go on other threads; only here is it safe to
    // attach.
    private void AttachAsNeeded()
    {
        var log = ArenaEventSource.Log;
        _notifier.WritesEvents = (log.NotifiesAllocations || log.NotifiesFrees) && ArenaInstruments.WritesEvents(this);
        bool wanted = _options.CountsAllocations || _notifier.WritesEvents;
        if (wanted == _attached)
            return;
        if (wanted)
            _arena.Attach(_notifier);
        else
            _arena.Detach(_notifier);
        _attached = wanted;
        _liveWhenAttached = _arena.CountLive(ref _scratch).Count;
    }

    private void Read()
    {
        var live = _arena.CountLive(ref _scratch);
        (nuint free, nuint largest) = _arena.CountFree();
        long allocations = _notifier.Count;
        nuint room = _arena.BudgetBytes - nuint.Min(_arena.BudgetBytes, _arena.LentBytes);
        _reading = new ArenaReading
        {
            LiveCount = live.Count,
            UsedBytes = (long)live.Bytes,
            LargestFreeBytes = (long)nuint.Min(largest, room),
            Fragmentation = free == 0 ? 0 : 1 - (double)largest / free,
            Allocations = allocations,
            // Allocations that are no longer alive were freed, one by one or all at once.
            Frees = Math.Max(_reading.Frees, _liveWhenAttached + allocations - live.Count),
            AllocatedBytes = _notifier.Bytes,
        };
        _tags.Read();
        if (ArenaEventSource.Log.NotifiesSnapshots && ArenaInstruments.WritesEvents(this))
        {
            ArenaEventSource.Log.Snapshot(
                Name, _reading.LiveCount, _reading.UsedBytes, (long)_arena.CommittedBytes,
                (long)_arena.ReservedBytes, _reading.LargestFreeBytes);
        }
    }
}
