namespace Arena.Diagnostics;

/// <summary>
/// Streams what trackers know into a file, while the game runs: frames, totals, live bytes by line of source, errors,
/// marks, and pictures of the memory on request. <see cref="MemoryCapture"/> reads it; docs/capture-format.md describes
/// it.
/// </summary>
/// <remarks>
/// <para>
/// A thread of its own writes once an interval (a second), each time by one call to the system, and then the state of
/// everything into one of two places in turns. So a process that dies, however, loses an interval at most. Ending a
/// frame costs the game's thread some ten nanoseconds; allocations cost nothing more than the tracking.
/// </para>
/// <para>
/// The file grows by about 2 MB an hour of frames at 60 Hz and, with a thousand sites that all change all the time, by
/// some 8 MB in the first hour; then ever more slowly, since older series are thinned. Memory is bounded.
/// </para>
/// <para>All members may be called from any thread, but for <see cref="RecordMap"/>.</para>
/// </remarks>
public sealed class CaptureWriter : IDisposable
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

    /// <summary>Null, or why nothing is written any more: the disk is full, the file cannot be written.</summary>
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

    internal bool IsEnded => _disposed;

    /// <summary>How often was written so far.</summary>
    public long WrittenCount => Interlocked.Read(ref _writtenCount);

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file; one that is there already is replaced.</param>
    /// <param name="trackers">What to capture; others may be added later.</param>
    /// <exception cref="IOException">
    /// The file is being written already, by this process or another one, or cannot be made. What is in it stays.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be made.</exception>
    /// <exception cref="InvalidOperationException">
    /// A tracker is captured already. The file stays as it is.
    /// </exception>
    public static CaptureWriter Start(string path, params ReadOnlySpan<LeakTracker> trackers) =>
        Start(path, new CaptureOptions(), trackers);

    /// <inheritdoc cref="Start(string, ReadOnlySpan{LeakTracker})"/>
    /// <param name="path">The file; one that is there already is replaced.</param>
    /// <param name="options">How often, and how much of it.</param>
    /// <param name="trackers">What to capture; others may be added later.</param>
    /// <exception cref="ArgumentException">An option cannot be; the message says which.</exception>
    public static CaptureWriter Start(
        string path, CaptureOptions options, params ReadOnlySpan<LeakTracker> trackers)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return Start(new CaptureFile(path), path, options, trackers);
    }

    // Whatever may fail comes before the file changes.
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

    /// <summary>Captures another tracker from now on. One that is disposed stays in the file as it was.</summary>
    /// <exception cref="InvalidOperationException">It is captured already, into this or another file.</exception>
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

    /// <summary>Names the present moment in the file.</summary>
    /// <exception cref="ObjectDisposedException">The capture was ended.</exception>
    public void Mark(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        ObjectDisposedException.ThrowIf(_disposed, this);
        _contents.Events.Add(CaptureEventKind.Mark, _contents.Seconds, -1, 0, text, withStack: false);
    }

    /// <summary>
    /// Records the memory of a tracker's arena: blocks and their owners, what lives in them, holes, pages with storage.
    /// Walks every allocation, a few nanoseconds each, and must be called where a tracker may be attached; the file is
    /// written by the capture's own thread.
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
    /// Records what is alive in all trackers by site and size class, under a name: a report compares any two of them.
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

    /// <summary>Writes at once what would be written at the end of the interval.</summary>
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
    /// Writes the rest, with the ages of what is alive and the stacks that are known, and ends the file. Trackers go
    /// on. Disposing twice does nothing.
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

    /// <summary>The file and how much is in it.</summary>
    public override string ToString() =>
        $"capture into '{Path}', {FileBytes} bytes{(Problem is null ? "" : $", stopped: {Problem}")}";

    private void Follow(LeakTracker tracker) =>
        _subscriptions.Add(new CaptureSubscription(_contents.AddTrack(tracker), _contents, Freeze));

    // Nothing more is written, and its trackers may be captured by others.
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
