using System.Diagnostics;

namespace Arena;

/// <summary>
/// Gives each worker thread a <see cref="FrameAllocator"/> on one arena; all go on to the next frame together.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Current"/> finds that of the calling thread without a lock: a job takes it once and allocates as in any
/// other. It is made when a thread first asks. When a thread ends, its allocator goes to the next new thread, with
/// everything that was allocated in it: there are never more than threads that lived at the same time.
/// </para>
/// <para>
/// <see cref="NextFrame"/> declares a quiet point. No worker allocates while it runs, and the thread that calls it, or
/// works after it, has waited for the others: by joining them, a barrier, the end of a job. A Debug build asserts that
/// nothing was allocated meanwhile. Any thread may read and write a worker's memory while it is valid.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using var workers = new WorkerFrames(arena);
/// Parallel.For(0, 8, _ =&gt;
/// {
///     var scratch = workers.Current.AllocateSpan&lt;int&gt;(256);
/// });
/// workers.NextFrame();                                // of all of them, when no job runs
/// </code>
/// </example>
public sealed partial class WorkerFrames : IDisposable
{
    private readonly PageArena _arena;
    private readonly nuint _byteCount;
    private readonly PerThread<FrameAllocator> _parts = new();

    // Where each worker was when NextFrame began; only a Debug build asks.
    private nuint[] _positions = [];
    private ulong _number;

    /// <summary>Makes frame memory for workers. Nothing is taken from the arena until a worker asks.</summary>
    /// <param name="arena">The arena that lends the chunks.</param>
    /// <param name="byteCount">
    /// The bytes that a worker's frame can use before it must grow; 0 takes about 64 KiB.
    /// </param>
    /// <param name="buffers">The number of frames that are valid at a time, the present one included.</param>
    /// <param name="name">The name shown in errors, with the worker's number behind it.</param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="buffers"/> is less than 1.</exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public WorkerFrames(PageArena arena, nuint byteCount = default, int buffers = 1, string name = "worker frames")
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentOutOfRangeException.ThrowIfLessThan(buffers, 1);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ObjectDisposedException.ThrowIf(arena.IsDisposed, arena);
        _arena = arena;
        _byteCount = byteCount;
        Buffers = buffers;
        Name = name;
        _number = ThreadSlot.NextNumber();
    }

    /// <summary>The name shown in errors.</summary>
    public string Name { get; }

    /// <summary>The number of frames that are valid at a time, the present one included.</summary>
    public int Buffers { get; }

    /// <summary>The number of workers: the most threads that ever asked at the same time; 0 once disposed.</summary>
    public int Count => IsDisposed ? 0 : _parts.Entries.Length;

    /// <summary>True once it, or its arena, was disposed.</summary>
    public bool IsDisposed => Volatile.Read(ref _number) == ThreadSlot.None || _arena.IsDisposed;

    /// <summary>Bytes allocated in the present frame by all workers; 0 once disposed. Any thread may read it.</summary>
    /// <remarks>
    /// At a quiet point it is exact. While workers allocate, it is a sum of values that were true of each worker at
    /// some moment of the call, but not of all at the same moment.
    /// </remarks>
    public nuint UsedBytes
    {
        get
        {
            nuint bytes = 0;
            foreach (var entry in _parts.Entries)
                bytes += entry.Part.UsedBytes;
            return bytes;
        }
    }

    /// <summary>
    /// The calling thread's frame memory, for no other thread, and for as long as the thread lives. Do not dispose it.
    /// </summary>
    /// <exception cref="ArenaOutOfMemoryException">
    /// The thread has none so far, and the arena cannot lend its chunks.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The frames, or their arena, were disposed.</exception>
    public unsafe FrameAllocator Current
    {
        get
        {
            var number = _number;
            var slot = ThreadSlot.Of(number);
            return slot->Number == number ? _parts.Entries[(int)slot->Value].Part : FindOrMake();
        }
    }

    /// <summary>The frame memory of a worker, in the order in which they were made.</summary>
    /// <param name="worker">The worker's number, less than <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no worker of this number.</exception>
    /// <exception cref="ObjectDisposedException">The frames, or their arena, were disposed.</exception>
    public FrameAllocator this[int worker]
    {
        get
        {
            ThrowIfDisposed();
            var entries = _parts.Entries;
            if (worker < 0 || worker >= entries.Length)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(worker), $"Worker frames '{Name}' have {entries.Length} workers, and {worker} is none.");
            }
            return entries[worker].Part;
        }
    }

    /// <summary>
    /// Ends the frame of all workers, at a quiet point: no worker allocates until it returns. Memory that was allocated
    /// <see cref="Buffers"/> frames ago is gone.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The frames, or their arena, were disposed.</exception>
    public void NextFrame()
    {
        // A new thread waits here for its first memory.
        lock (_parts.Lock)
        {
            ThrowIfDisposed();
            var entries = _parts.Entries;
            RememberPositions(entries);
            for (var i = 0; i < entries.Length; i++)
            {
                Debug.Assert(
                    entries[i].Part.UsedBytes == _positions[i],
                    $"Worker frames '{Name}': worker {i} allocated while NextFrame ran; wait for the workers first.");
                entries[i].Part.NextFrame();
            }
            foreach (var entry in entries)
            {
                Debug.Assert(
                    entry.Part.UsedBytes == 0,
                    $"Worker frames '{Name}': worker {entry.Number} allocated while NextFrame ran; wait for the "
                    + $"workers first.");
            }
        }
    }

    /// <summary>Gives all memory back to the arena, at a quiet point. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        ReadOnlySpan<PerThread<FrameAllocator>.Entry> entries;
        lock (_parts.Lock)
        {
            // A thread that asks later finds it disposed.
            Volatile.Write(ref _number, ThreadSlot.None);
            entries = _parts.Entries;
        }
        // This is not under the lock, because observers are notified.
        var failures = new Failures();
        foreach (var entry in entries)
            failures.Catch(entry.Part.Dispose);
        failures.Throw();
    }

    /// <summary>Name and sizes.</summary>
    public override string ToString() => IsDisposed
        ? $"worker frames '{Name}' (disposed)"
        : $"worker frames '{Name}': {UsedBytes} bytes used by {Count} workers";

    private unsafe FrameAllocator FindOrMake()
    {
        var number = Volatile.Read(ref _number);
        ThrowIfDisposed();
        var own = _parts.FindOwn() ?? ClaimOrMake();
        ThreadSlot.Remember(number, (nuint)own.Number);
        return own.Part;
    }

    private PerThread<FrameAllocator>.Entry ClaimOrMake()
    {
        FrameAllocator made;
        string? why;
        lock (_parts.Lock)
        {
            ThrowIfDisposed();
            if (_parts.ClaimAbandoned() is { } claimed)
                return claimed;
            made = new FrameAllocator(
                _arena, _byteCount, Buffers, $"{Name} {_parts.Entries.Length}", this, out why);
            if (why is null)
                return _parts.Add(made);
        }
        // This is not under the lock, because observers are notified.
        made.DisposeAndThrow(why);
        return null;
    }

    [Conditional("DEBUG")]
    private void RememberPositions(ReadOnlySpan<PerThread<FrameAllocator>.Entry> entries)
    {
        if (_positions.Length < entries.Length)
            _positions = new nuint[entries.Length];
        for (var i = 0; i < entries.Length; i++)
            _positions[i] = entries[i].Part.UsedBytes;
    }

    private void ThrowIfDisposed()
    {
        if (IsDisposed)
            Throw.Disposed("worker frames", Name);
    }
}
