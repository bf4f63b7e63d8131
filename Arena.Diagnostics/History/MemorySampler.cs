namespace Arena.Diagnostics;

/// <summary>
/// Records the memory of arenas over hours or months: live, committed and resident bytes, by tag and by call site if
/// a source distinguishes them. The record stays the same size, its floors are never lost, and its file survives a
/// kill.
/// </summary>
/// <remarks>
/// <para>
/// Live bytes are exact, read from the allocators' own bitmaps, a step per 64 slots. So a sample may be taken only
/// where <see cref="PageArena.Attach"/> may be called: where no other thread is inside a single-threaded allocator of
/// the arenas. <see cref="SampleIfDue"/> once a frame samples at an interval; <see cref="Sample"/> at the game's own
/// quiet points, such as after unloading a level, gives the least noise and the earliest verdict. Use one or the other:
/// a record of both is uneven. If all allocators are shared ones, a timer may sample.
/// </para>
/// <para>
/// A sample makes no garbage once its categories are known, if the sources of the categories make none. Thread-safe.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var sampler = new MemorySampler(arena);
/// for (var frame = 0; frame &lt; 1000; frame++)
///     sampler.SampleIfDue();                          // once a second
/// Console.WriteLine(sampler.Record().Analyze());
/// </code>
/// </example>
public sealed class MemorySampler : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PageArena[] _arenas;
    private readonly MemorySamplerOptions _options;
    private readonly DateTimeOffset _startedAt;
    private readonly long _start;
    private readonly SampleStore _store;
    private readonly CategoryReader _tags;
    private readonly CategoryReader _sites;
    private readonly ResidentMemory _resident = new();
    private readonly SampleFile? _file;
    private Allocator?[] _scratch = [];
    private double _lastSeconds = double.NegativeInfinity;
    private long _due;
    private bool _disposed;

    /// <summary>Begins a record of one arena, without a sample.</summary>
    /// <param name="arena">The arena.</param>
    /// <param name="options">Interval, sizes, categories, file; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">The file exists, or cannot be created.</exception>
    public MemorySampler(PageArena arena, MemorySamplerOptions? options = null)
        : this([arena], options)
    {
    }

    /// <summary>Begins a record of the sum of several arenas, without a sample.</summary>
    /// <param name="arenas">The arenas.</param>
    /// <param name="options">Interval, sizes, categories, file; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">The file exists, or cannot be created.</exception>
    public MemorySampler(IReadOnlyList<PageArena> arenas, MemorySamplerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(arenas);
        _arenas = [.. arenas];
        foreach (var arena in _arenas)
            ArgumentNullException.ThrowIfNull(arena, nameof(arenas));
        _options = options ?? new MemorySamplerOptions();
        _options.Check();
        _startedAt = _options.TimeProvider.GetUtcNow();
        _start = _due = _options.TimeProvider.GetTimestamp();
        _store = new SampleStore(_options.MaximumCells);
        try
        {
            _tags = new CategoryReader(_options.Tags, _store.Tags, _options.MaximumCategories);
            _sites = new CategoryReader(_options.Sites, _store.Sites, _options.MaximumCategories);
            if (_options.FilePath is { } path)
                _file = new SampleFile(path, _startedAt, _options.MaximumFileBytes, _store);
        }
        catch
        {
            _store.Dispose();
            _resident.Dispose();
            throw;
        }
    }

    /// <summary>The bytes that the record itself takes.</summary>
    public long OwnBytes
    {
        get
        {
            lock (_lock)
                return _disposed ? 0 : _store.CommittedBytes;
        }
    }

    /// <summary>The reason why the file is no longer written, a full disk for example; null if it is written.</summary>
    public string? FileError => _file?.Error;

    /// <summary>Samples if the interval has passed since the last time; otherwise it only reads the clock.</summary>
    /// <returns>True if a sample was taken.</returns>
    /// <exception cref="ObjectDisposedException">The sampler or an arena was disposed.</exception>
    public bool SampleIfDue()
    {
        var clock = _options.TimeProvider;
        long now = clock.GetTimestamp();
        if (now < Volatile.Read(ref _due))
            return false;
        Sample();
        long interval = (long)(_options.Interval.TotalSeconds * clock.TimestampFrequency);
        // The grid is kept, so that samples are evenly spaced; after a pause it starts again.
        Volatile.Write(ref _due, now - _due < interval ? _due + interval : now + interval);
        return true;
    }

    /// <summary>Samples now. A second sample at the same instant is ignored.</summary>
    /// <exception cref="ObjectDisposedException">The sampler or an arena was disposed.</exception>
    public void Sample()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            double seconds = _options.TimeProvider.GetElapsedTime(_start).TotalSeconds;
            if (seconds <= _lastSeconds)
                return;
            long live = 0, committed = 0;
            foreach (var arena in _arenas)
            {
                live += (long)arena.CountLive(ref _scratch).Bytes;
                committed += (long)arena.CommittedBytes;
            }
            _tags.Read();
            _sites.Read();
            _lastSeconds = seconds;
            MemoryCell sample = MemoryCell.Of(seconds, live, committed, _resident.Read());
            _store.Add(in sample, _tags.Values, _sites.Values);
            _file?.Append(in sample, _tags.Values, _sites.Values, _store);
        }
    }

    /// <summary>Copies everything recorded so far.</summary>
    /// <exception cref="ObjectDisposedException">The sampler was disposed.</exception>
    public MemoryRecord Record()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new MemoryRecord(_store, _startedAt);
        }
    }

    /// <summary>Ends the record; its file can still be read. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _file?.Dispose();
            _resident.Dispose();
            _store.Dispose();
        }
    }
}
