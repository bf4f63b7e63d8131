using System.Diagnostics;

namespace Arena;

/// <summary>
/// A <see cref="FrameAllocator"/> for each worker thread, all on one arena, that go on to the next frame together.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Current"/> finds the calling thread's without a lock: a job takes it once and bumps as in any other. It
/// is made when a thread first asks. What a thread leaves when it ends goes to the next one that comes, with all that
/// was allocated in it: there are never more than threads that lived at the same time.
/// </para>
/// <para>
/// <see cref="NextFrame"/> declares a quiet point. No worker allocates while it runs, and whoever calls it, or works
/// after it, has waited for the others: by joining them, a barrier, the end of a job. A Debug build asserts that
/// nothing was allocated meanwhile. What one worker allocated, any thread may read and write while it is valid.
/// </para>
/// </remarks>
public sealed class WorkerFrames : IDisposable
{
    private readonly PageArena _arena;
    private readonly nuint _byteCount;
    private readonly PerThread<FrameAllocator> _parts = new();
    private ulong _number;

    /// <summary>Frame memory for workers. Nothing is taken from the arena until one asks.</summary>
    /// <param name="arena">Lends the chunks.</param>
    /// <param name="byteCount">Bytes that a worker's frame can use before it must grow; 0 takes about 64 KiB.</param>
    /// <param name="buffers">Frames that are valid at a time, the present one included.</param>
    /// <param name="name">Named in every error, with the worker's number behind it.</param>
    /// <exception cref="ArgumentNullException">The arena is null.</exception>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="buffers"/> is less than 1.</exception>
    public WorkerFrames(PageArena arena, nuint byteCount = default, int buffers = 1, string name = "worker frames")
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentOutOfRangeException.ThrowIfLessThan(buffers, 1);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _arena = arena;
        _byteCount = byteCount;
        Buffers = buffers;
        Name = name;
        _number = ThreadSlot.NextNumber();
    }

    /// <summary>Named in every error.</summary>
    public string Name { get; }

    /// <summary>Frames that are valid at a time, the present one included.</summary>
    public int Buffers { get; }

    /// <summary>Workers there are: as many as threads ever asked at the same time; 0 once disposed.</summary>
    public int Count => IsDisposed ? 0 : _parts.Entries.Length;

    /// <summary>True once disposed, itself or with its arena.</summary>
    public bool IsDisposed => Volatile.Read(ref _number) == ThreadSlot.Nobody || _arena.IsDisposed;

    /// <summary>Bytes allocated in the present frame by all workers; 0 once disposed. Any thread may read it.</summary>
    /// <remarks>
    /// At a quiet point it is exact. While workers are at work it is a sum of values that were true of each worker at
    /// some moment of the call, not of all at the same one.
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
    /// The calling thread's frame memory; for no other thread, and for as long as the thread lives. Not to be disposed
    /// by itself.
    /// </summary>
    /// <exception cref="ArenaOutOfMemoryException">It is the thread's first, and the arena cannot lend it.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    public unsafe FrameAllocator Current
    {
        get
        {
            var number = _number;
            var slot = ThreadSlot.Of(number);
            return slot->Number == number ? _parts.Entries[(int)slot->Value].Part : FindOrMake();
        }
    }

    /// <summary>A worker's frame memory, in the order in which they were made.</summary>
    /// <param name="worker">Its number, less than <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none of that number.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
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
    /// Ends the frame of all workers, at a quiet point: no worker allocates until it returns. What was allocated
    /// <see cref="Buffers"/> frames ago is gone.
    /// </summary>
    /// <exception cref="ObjectDisposedException">It was disposed, or its arena.</exception>
    public void NextFrame()
    {
        // A thread that comes meanwhile waits for its first memory.
        lock (_parts.Lock)
        {
            ThrowIfDisposed();
            var entries = _parts.Entries;
            var before = PositionsInDebug(entries);
            for (var i = 0; i < entries.Length; i++)
            {
                Debug.Assert(
                    entries[i].Part.UsedBytes == before[i],
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
            // A thread that comes later finds it disposed.
            Volatile.Write(ref _number, ThreadSlot.Nobody);
            entries = _parts.Entries;
        }
        // Not under the lock: observers are notified.
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
                _arena, _byteCount, Buffers, $"{Name} {_parts.Entries.Length}", DisposeIfArenaIs, out why);
            if (why is null)
                return _parts.Add(made);
        }
        // Not under the lock: observers are notified.
        made.DisposeAndThrow(why);
        return null;
    }

    // With the first part that the arena disposes, it is over for all: what threads remember is not used any more.
    private void DisposeIfArenaIs()
    {
        if (_arena.IsDisposed)
            Volatile.Write(ref _number, ThreadSlot.Nobody);
    }

    // Empty in Release, where nobody asks.
    private static nuint[] PositionsInDebug(ReadOnlySpan<PerThread<FrameAllocator>.Entry> entries)
    {
        nuint[] positions = [];
        Remember(entries, ref positions);
        return positions;
    }

    [Conditional("DEBUG")]
    private static void Remember(ReadOnlySpan<PerThread<FrameAllocator>.Entry> entries, ref nuint[] positions)
    {
        positions = new nuint[entries.Length];
        for (var i = 0; i < entries.Length; i++)
            positions[i] = entries[i].Part.UsedBytes;
    }

    private void ThrowIfDisposed()
    {
        if (IsDisposed)
            Throw.Disposed("worker frames", Name);
    }
}
