namespace Arena.Diagnostics;

/// <summary>
/// Streams the data of trackers into a file while the game runs: frames, totals, live bytes by line of source, errors,
/// marks and, on request, memory maps. <see cref="MemoryCapture"/> reads it; docs/capture-format.md describes it.
/// </summary>
/// <remarks>
/// <para>
/// A thread of its own writes once an interval (a second), each time by one system call, and then the whole
/// state into one of two places in turn. So a process that dies, however it dies, loses at most one interval. Ending a
/// frame costs the game's thread some ten nanoseconds; allocations cost nothing beyond the tracking.
/// </para>
/// <para>
/// The file grows by about 2 MB an hour of frames at 60 Hz and, with a thousand sites that all change all the time, by
/// some 8 MB in the first hour; then ever more slowly, since older series are thinned. Memory is bounded.
/// </para>
/// <para>All members except <see cref="RecordMap"/> may be called from any thread.</para>
/// </remarks>
/// <example>
/// <code>
/// using var writer = CaptureWriter.Start("game.arena", tracker);
/// writer.Mark("boss fight");
/// </code>
/// </example>
public sealed class CaptureWriter : IDisposable, ITrackerCapture
{
    private readonly Lock _lock = new();
    private readonly CaptureOptions _options;
    private readonly CaptureContents _contents;
    private readonly Action _write;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly List<CaptureSubscription> _subscriptions = [];
    private long _writtenCount;
    private volatile bool _disposed;

    private CaptureWriter(CaptureFile file, string path, CaptureOptions options)
    {
        Path = path;
        _options = options;
        _contents = new CaptureContents(file, options, TimeProvider.System);
        _write = _contents.Write;
        _thread = new Thread(Run) { IsBackground = true, Name = "Arena capture" };
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Null, or the reason why writing has stopped: the disk is full, or the file cannot be written.</summary>
    public string? Problem { get; private set; }

    /// <summary>Bytes of the file so far.</summary>
    public long FileBytes
    {
        get
        {
            lock (_lock)
                return _contents.FileBytes;
        }
    }

    bool ITrackerCapture.IsEnded => _disposed;

    /// <summary>The number of writes so far.</summary>
    public long WrittenCount => Interlocked.Read(ref _writtenCount);

    /// <summary>Starts a capture into a file.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="trackers">The trackers to capture; others may be added later.</param>
    /// <exception cref="IOException">
    /// This or another process is already writing the file, or it cannot be created. Its contents stay.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    /// <exception cref="InvalidOperationException">A tracker is already captured. The file stays as it is.</exception>
    public static CaptureWriter Start(string path, params ReadOnlySpan<LeakTracker> trackers) =>
        Start(path, new CaptureOptions(), trackers);

    /// <summary>Starts a capture into a file, with options.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="options">The options.</param>
    /// <param name="trackers">The trackers to capture; others may be added later.</param>
    /// <exception cref="ArgumentException">An option is invalid; the message names it.</exception>
    /// <exception cref="IOException">
    /// This or another process is already writing the file, or it cannot be created. Its contents stay.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    /// <exception cref="InvalidOperationException">A tracker is already captured. The file stays as it is.</exception>
    public static CaptureWriter Start(
        string path, CaptureOptions options, params ReadOnlySpan<LeakTracker> trackers)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return Start(new CaptureFile(path), path, options, trackers);
    }

    // Every step that may fail comes before the file changes.
    internal static CaptureWriter Start(
        CaptureFile file, string path, CaptureOptions options, params ReadOnlySpan<LeakTracker> trackers)
    {
        var writer = new CaptureWriter(file, path, options);
        try
        {
            foreach (var tracker in trackers)
            {
                ArgumentNullException.ThrowIfNull(tracker, nameof(trackers));
                tracker.BeginCapture(writer);
            }
            file.Open();
        }
        catch
        {
            writer.Abandon();
            file.Abandon();
            throw;
        }
        try
        {
            writer._contents.Begin();
            foreach (var tracker in trackers)
                writer.Follow(tracker);
        }
        catch
        {
            writer.Abandon();
            throw;
        }
        writer._thread.Start();
        return writer;
    }

    /// <summary>Captures another tracker from now on. A tracker that is disposed stays in the file as it was.</summary>
    /// <exception cref="InvalidOperationException">It is already captured, into this or another file.</exception>
    /// <exception cref="ObjectDisposedException">The capture was ended.</exception>
    public void Add(LeakTracker tracker)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            tracker.BeginCapture(this);
            Follow(tracker);
        }
    }

    /// <summary>Records a named moment in the file.</summary>
    /// <exception cref="ObjectDisposedException">The capture was ended.</exception>
    public void Mark(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        ObjectDisposedException.ThrowIf(_disposed, this);
        _contents.Events.Add(CaptureEventKind.Mark, _contents.Seconds, -1, 0, text, withStack: false);
    }

    /// <summary>
    /// Records the memory of a tracker's arena: blocks and their owners, live allocations, holes, committed pages.
    /// It walks every allocation, a few nanoseconds each, and may be called only where a tracker may be attached; the
    /// capture's own thread writes the file.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tracker is not captured here.</exception>
    /// <exception cref="ObjectDisposedException">
    /// The capture was ended, or the tracker or its arena disposed.
    /// </exception>
    public void RecordMap(LeakTracker tracker)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _contents.AddMap(tracker);
        }
    }

    /// <summary>
    /// Records the live allocations of all trackers by site and size class, under a name. A report compares any two
    /// snapshots.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The capture was ended.</exception>
    public void RecordSnapshot(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _contents.AddSnapshot(name);
        }
    }

    /// <summary>Writes the data of the present interval now.</summary>
    /// <exception cref="ObjectDisposedException">The capture was ended.</exception>
    public void Flush()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Write();
        }
    }

    /// <summary>
    /// Writes the rest, with the ages of live allocations and the known stacks, and ends the file. Trackers keep
    /// running. Disposing twice does nothing.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _subscriptions.ForEach(subscription => subscription.Dispose());
            Attempt(_contents.End);
            _contents.Dispose();
        }
        _stop.Set();
        if (_thread.IsAlive)
            _thread.Join();
        _stop.Dispose();
    }

    /// <summary>The file and its size.</summary>
    public override string ToString() =>
        $"capture into '{Path}', {FileBytes} bytes{(Problem is null ? "" : $", stopped: {Problem}")}";

    private void Follow(LeakTracker tracker) =>
        _subscriptions.Add(new CaptureSubscription(_contents.AddTrack(tracker), _contents, Freeze));

    // Writes nothing more, and lets others capture its trackers.
    private void Abandon()
    {
        _disposed = true;
        _subscriptions.ForEach(subscription => subscription.Dispose());
        _contents.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.Wait(_options.Interval))
        {
            lock (_lock)
            {
                if (!_disposed)
                    Write();
            }
        }
    }

    private void Write()
    {
        Attempt(_write);
        Interlocked.Increment(ref _writtenCount);
    }

    // A capture that cannot be written must not end the game.
    private void Attempt(Action write)
    {
        if (Problem is not null)
            return;
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problem = e.Message;
        }
    }

    private void Freeze(CaptureTrack track)
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            Write();
            track.Freeze(_contents.Names);
        }
    }
}
