using Arena.Pools;

namespace Arena.Diagnostics;

/// <summary>
/// Records the allocations of a running game into a file that <see cref="AllocationTrace"/> reads and the benchmarks
/// replay on any allocator: sizes, order, threads and frames, but no contents.
/// </summary>
/// <remarks>
/// <para>
/// Sizes are those granted, and alignments are unknown, because observers are not notified of them. A reallocation is
/// recorded as an observer sees it, as an allocation and a free. Frame memory is not observed, so not recorded.
/// </para>
/// <para>
/// Memory is bounded by the number of live allocations: some 60 bytes for each, and a buffer. Attach and dispose where
/// no other thread is inside one of the arena's single-threaded allocators; the recorder itself is thread-safe. A call
/// costs about a hundred nanoseconds and, each 64 KiB of text, a compression and a write.
/// </para>
/// <para>
/// If the file cannot be written any more, the game's allocations go on. Recording stops, and <see cref="EndFrame"/>
/// or, if that is not called, Dispose throws the error. The file then holds the earlier events. A process that dies
/// loses what it recorded since the last frame that ended a second or more before, or the last 64 KiB of text.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using (var recorder = AllocationTraceRecorder.Attach(arena, "game.trace.gz"))
/// {
///     heap.AllocateSpan&lt;int&gt;(100);
///     recorder.EndFrame();
/// }
/// </code>
/// </example>
public sealed class AllocationTraceRecorder : IAllocationObserver, IDisposable
{
    private readonly PageArena _arena;
    private readonly Allocator? _only;
    private readonly long _maximumEvents;
    private readonly TraceWriter _writer;
    private readonly Lock _lock = new();
    private readonly Dictionary<nuint, Live> _live = [];
    private readonly Dictionary<int, int> _threads = [];
    private TraceSums _sums = new();
    private long _nextId;
    private Exception? _failure;
    private bool _failureReported;
    private bool _disposed;

    private AllocationTraceRecorder(PageArena arena, Allocator? only, string path, long maximumEvents)
    {
        _arena = arena;
        _only = only;
        _maximumEvents = maximumEvents;
        _writer = new TraceWriter(path);
    }

    /// <summary>Events written: allocations and frees.</summary>
    public long EventCount
    {
        get
        {
            lock (_lock)
                return _sums.EventCount;
        }
    }

    /// <summary>Frees that were not recorded because the allocation was older than the recorder.</summary>
    public long SkippedFreeCount { get; private set; }

    /// <summary>
    /// True if the limit of events was reached. Recording has then ended; the file is whole and says so.
    /// </summary>
    public bool IsFull { get; private set; }

    /// <summary>Records every allocator of an arena from now on, existing and future.</summary>
    /// <param name="arena">The arena to record.</param>
    /// <param name="path">The file, which is replaced; gzip, so <c>NAME.trace.gz</c>.</param>
    /// <param name="maximumEvents">Allocations and frees at which recording ends; see <see cref="IsFull"/>.</param>
    /// <exception cref="IOException">The file is already being written, or cannot be. It stays as it is.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed. The file stays as it is.</exception>
    public static AllocationTraceRecorder Attach(
        PageArena arena, string path, long maximumEvents = AllocationTrace.DefaultMaximumEvents)
    {
        ArgumentNullException.ThrowIfNull(arena);
        return Start(arena, null, path, maximumEvents);
    }

    /// <summary>Records one heap: first its live allocations in address order, then its events from now on.</summary>
    /// <param name="heap">The heap to record.</param>
    /// <param name="path">The file, which is replaced; gzip, so <c>NAME.trace.gz</c>.</param>
    /// <param name="maximumEvents">Allocations and frees at which recording ends; see <see cref="IsFull"/>.</param>
    /// <exception cref="IOException">The file is already being written, or cannot be. It stays as it is.</exception>
    /// <exception cref="ObjectDisposedException">
    /// The heap or its arena was disposed. The file stays as it is.
    /// </exception>
    public static AllocationTraceRecorder Attach(
        Heap heap, string path, long maximumEvents = AllocationTrace.DefaultMaximumEvents)
    {
        ArgumentNullException.ThrowIfNull(heap);
        ObjectDisposedException.ThrowIf(heap.IsDisposed, heap);
        return Start(heap.Arena, heap, path, maximumEvents);
    }

    /// <summary>Marks the end of a frame, for statistics by frame.</summary>
    /// <exception cref="IOException">The file could not be written; recording stopped.</exception>
    /// <exception cref="ObjectDisposedException">The recorder was disposed.</exception>
    public void EndFrame()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                if (_failure is null && !IsFull)
                    _writer.Tick();
            }
            catch (IOException failure)
            {
                _failure = failure;
            }
            ThrowFailureOnce();
        }
    }

    /// <summary>Stops recording and completes the file. Disposing twice does nothing.</summary>
    /// <exception cref="IOException">
    /// The file could not be written, and <see cref="EndFrame"/> did not report it.
    /// </exception>
    public void Dispose()
    {
        _arena.Detach(this);
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _live.Clear();
            try
            {
                using (_writer)
                    _writer.Finish(AppDomain.CurrentDomain.FriendlyName, _sums);
            }
            catch (IOException failure)
            {
                _failure ??= failure;
            }
            ThrowFailureOnce();
        }
    }

    void IAllocationObserver.Allocated(in AllocationEvent allocation)
    {
        lock (_lock)
        {
            if (IsRecorded(allocation.Allocator))
                Add(allocation.Allocator, allocation.Address, allocation.ByteCount);
        }
    }

    void IAllocationObserver.Freed(Allocator allocator, nuint address, nuint byteCount)
    {
        lock (_lock)
        {
            if (!IsRecorded(allocator))
                return;
            if (_live.Remove(address, out var live))
                Remove(live);
            else
                SkippedFreeCount++;
        }
    }

    // A trace records the requests of the program, and a move is none.
    void IAllocationObserver.Moved(Allocator allocator, nuint oldAddress, nuint address, nuint byteCount)
    {
        lock (_lock)
        {
            if (IsRecorded(allocator) && _live.Remove(oldAddress, out var live))
                _live[address] = live;
        }
    }

    void IAllocationObserver.Cleared(Allocator allocator)
    {
        lock (_lock)
        {
            if (!IsRecorded(allocator))
                return;
            foreach (var (address, live) in _live)
            {
                if (live.Allocator != allocator)
                    continue;
                _live.Remove(address);
                Remove(live);
            }
        }
    }

    // Every step that may fail comes before the file changes.
    private static AllocationTraceRecorder Start(PageArena arena, Heap? heap, string path, long maximumEvents)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumEvents);
        ObjectDisposedException.ThrowIf(arena.IsDisposed, arena);
        var recorder = new AllocationTraceRecorder(arena, heap, path, maximumEvents);
        try
        {
            arena.Attach(recorder);
        }
        catch
        {
            recorder._writer.Abandon();
            throw;
        }
        lock (recorder._lock)
            recorder.Begin(heap);
        return recorder;
    }

    private void Begin(Heap? heap)
    {
        _writer.Begin();
        if (heap is not null)
            AddLive(heap);
    }

    private unsafe void AddLive(Heap heap)
    {
        foreach (var allocation in heap.Allocations())
            Add(heap, (nuint)allocation.Address, allocation.ByteCount);
    }

    private bool IsRecorded(Allocator allocator) =>
        !_disposed && _failure is null && !IsFull && (_only is null || _only == allocator);

    private void Add(Allocator allocator, nuint address, nuint byteCount)
    {
        if (IsFull)
            return;
        var id = _nextId++;
        _live[address] = new Live(id, byteCount, allocator);
        _sums.Change(0, byteCount, 1, 0);
        try
        {
            _writer.Allocate(id, byteCount, ThreadNumber());
            CountEvent();
        }
        catch (IOException failure)
        {
            _failure = failure;
        }
    }

    private void Remove(in Live live)
    {
        if (IsFull)
            return;
        _sums.Change(live.ByteCount, 0, -1, 0);
        try
        {
            _writer.Free(live.Id, ThreadNumber());
            CountEvent();
        }
        catch (IOException failure)
        {
            _failure = failure;
        }
    }

    private void CountEvent()
    {
        if (++_sums.EventCount < _maximumEvents)
            return;
        IsFull = true;
        _writer.Remark($"full: recording ended after {_maximumEvents} events");
    }

    // A trace has numbers for this many threads; later threads share the last number.
    private int ThreadNumber()
    {
        var thread = Environment.CurrentManagedThreadId;
        if (!_threads.TryGetValue(thread, out var number))
        {
            _threads.Add(thread, number = Math.Min(_threads.Count, ushort.MaxValue));
            _sums.ThreadCount = number + 1;
        }
        return number;
    }

    private void ThrowFailureOnce()
    {
        if (_failure is null || _failureReported)
            return;
        _failureReported = true;
        throw new IOException($"The trace ends here: {_failure.Message}", _failure);
    }

    private readonly record struct Live(long Id, nuint ByteCount, Allocator Allocator);
}
