using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// A C library whose memory comes from a heap: what it holds, how much it may hold, and what it did wrong. The function
/// pointers for the library are in <see cref="NativeCallbacks"/> and <see cref="VulkanCallbacks"/>.
/// </summary>
/// <remarks>
/// <para>
/// No exception ever crosses into C. Out of memory is null. An error by C (a double or foreign free, a call on another
/// thread, a call on a disposed heap) changes nothing, is counted and reported by <see cref="Faulted"/>, and the call
/// returns as if it had succeeded, or null.
/// </para>
/// <para>
/// On a <see cref="Heap"/> it belongs to the thread that made it, as the heap does; <see cref="TakeOver"/> hands it to
/// another one. A call of any other thread is a fault and changes nothing: an allocation to be freed stays allocated.
/// On a
/// <see cref="SharedHeap"/> it is for all threads.
/// </para>
/// <para>
/// It is kept alive until it is disposed, since C may call at any time: dispose it after the library was shut down. A
/// call that comes later is refused all the same: null, and frees that
/// do nothing. Memory that the library did not free shows as a leak of the heap.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using NativeClient library = new NativeCallbacks(heap, "brotli");
/// library.LimitBytes = 16 &lt;&lt; 20;
/// Console.WriteLine($"{library.LiveCount} allocations, {library.LiveBytes} bytes");
/// </code>
/// </example>
public abstract unsafe class NativeClient : IDisposable
{
    private const nuint AnyAlignment = 0;
    private const int NoLine = 0;

    private readonly Allocator _allocator;
    private readonly ILentAllocator _lent;
    private readonly bool _isShared;
    private nuint _number;
    private int _thread;
    private int _faultCount;
    private int _liveCount;
    private long _liveBytes;
    private long _peakLiveBytes;
    private long _refusedCount;
    private bool _disposed;

    private protected NativeClient(Heap heap, string name)
        : this(heap, heap, name)
    {
    }

    private protected NativeClient(SharedHeap heap, string name)
        : this(heap, heap, name)
    {
    }

    private NativeClient(Allocator heap, ILentAllocator lent, string name)
    {
        ArgumentNullException.ThrowIfNull(heap);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _allocator = heap;
        _lent = lent;
        _isShared = heap.IsShared;
        Name = name;
        TakeOver();
        _number = NativeClients.Add(this);
    }

    /// <summary>Raised when C did something wrong, on C's thread. Exceptions of handlers are swallowed.</summary>
    public event Action<Exception>? Faulted;

    /// <summary>The library's name, which observers and trackers see in place of the source file.</summary>
    public string Name { get; }

    /// <summary>
    /// The value that the library passes with every call. It is a number and not an address, is never null and never
    /// reused.
    /// </summary>
    public void* UserData => (void*)_number;

    /// <summary>
    /// A ceiling. A call that would bring <see cref="LiveBytes"/> above it counts as out of memory. Rounding up the
    /// last allocation may exceed it, and so may threads that allocate at the same moment, by one allocation each. It
    /// may change at any time; the default is no limit.
    /// </summary>
    public nuint LimitBytes { get; set; } = nuint.MaxValue;

    /// <summary>The number of allocations that the library holds.</summary>
    public int LiveCount => Volatile.Read(ref _liveCount);

    /// <summary>Bytes granted to them.</summary>
    public nuint LiveBytes => (nuint)Volatile.Read(ref _liveBytes);

    /// <summary>The peak of <see cref="LiveBytes"/>.</summary>
    public nuint PeakLiveBytes => (nuint)Volatile.Read(ref _peakLiveBytes);

    /// <summary>Calls that returned null because the limit, the heap or the arena was out of memory.</summary>
    public long RefusedCount => Volatile.Read(ref _refusedCount);

    /// <summary>The number of calls that did something wrong.</summary>
    public int FaultCount => Volatile.Read(ref _faultCount);

    /// <summary>The error of the last call that did something wrong.</summary>
    public Exception? LastFault { get; private set; }

    /// <summary>Makes the calling thread the one that may call from now on. No other thread may be inside.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public void TakeOver()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _thread = Environment.CurrentManagedThreadId;
    }

    /// <summary>
    /// Ends the library's access to the heap. The counts can still be read. Disposing twice does nothing.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        NativeClients.Remove(_number);
        Disposed();
        GC.SuppressFinalize(this);
    }

    /// <summary>Name and counts.</summary>
    public override string ToString() =>
        $"'{Name}' in {_allocator.Label}: {LiveCount} live allocations of {LiveBytes} bytes, "
        + $"{RefusedCount} refused, {FaultCount} faults";

    private protected virtual void Disposed()
    {
    }

    /// <summary>Returns the usable bytes of an allocation that was just made.</summary>
    private protected nuint UsableBytes(void* address) => _lent.UsableBytes(address);

    /// <summary>
    /// Gets the usable bytes. Returns false, and counts a fault, for a dead allocation or the wrong thread.
    /// </summary>
    private protected bool TryUsableBytes(void* address, out nuint byteCount)
    {
        byteCount = 0;
        try
        {
            if (!IsOnItsThread())
                return false;
            byteCount = _lent.UsableBytes(address);
            return true;
        }
        catch (Exception failure)
        {
            Fail(failure);
            return false;
        }
    }

    /// <summary>
    /// malloc. Returns null for a fault, and when out of memory, which counts as refused unless the caller can do
    /// without.
    /// </summary>
    private protected void* Take(nuint byteCount, nuint alignment, string entry, bool isOptional = false)
    {
        if (byteCount <= SizeClasses.TableBytes && alignment <= Align.Default && Align.IsValid(alignment) && IsOurs
            && Fits(byteCount))
        {
            var sizeClass = SizeClasses.ClassOf(byteCount);
            if (_lent.TryTakeReady((nuint)sizeClass, out var ready))
            {
                Count(1, SizeClasses.BytesOf(sizeClass));
                return ready;
            }
        }
        return TakeSlowly(byteCount, alignment, entry, isOptional);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* TakeSlowly(nuint byteCount, nuint alignment, string entry, bool isOptional)
    {
        try
        {
            if (!IsOnItsThread())
                return null;
            if (Fits(byteCount) && _lent.TryAllocate(byteCount, alignment, out var address, Name, NoLine, entry))
                return Keep(address);
            return isOptional ? null : Refuse();
        }
        catch (Exception failure)
        {
            return Fail(failure);
        }
    }

    /// <summary>calloc. Overflow of count times size counts as out of memory.</summary>
    private protected void* TakeZeroed(nuint count, nuint byteCount, string entry)
    {
        try
        {
            if (!IsOnItsThread())
                return null;
            if (Math.BigMul((ulong)count, byteCount, out var product) != 0 || !Fits((nuint)product))
                return Refuse();
            return _lent.TryAllocateZeroed((nuint)product, AnyAlignment, out var address, Name, NoLine, entry)
                ? Keep(address)
                : Refuse();
        }
        catch (Exception failure)
        {
            return Fail(failure);
        }
    }

    /// <summary>
    /// realloc of an allocation. If it returns null, the allocation is unchanged; shrinking never fails.
    /// </summary>
    private protected void* Resize(void* address, nuint byteCount, string entry)
    {
        try
        {
            if (!IsOnItsThread())
                return null;
            var oldBytes = _lent.UsableBytes(address);
            if (byteCount > oldBytes && !Fits(byteCount - oldBytes))
                return Refuse();
            // Shrinking may require a move, for which there may be no room: then it stays, and is large enough.
            if (!_lent.TryReallocate(address, byteCount, out var resized, Name, NoLine, entry))
                resized = byteCount <= oldBytes ? address : null;
            if (resized == null)
                return Refuse();
            Count(0, (long)_lent.UsableBytes(resized) - (long)oldBytes);
            return resized;
        }
        catch (Exception failure)
        {
            return Fail(failure);
        }
    }

    /// <summary>free.</summary>
    private protected void Give(void* address)
    {
        if (address == null)
            return;
        if (IsOurs && _lent.TryGiveReady(address, out var sizeClass))
            Count(-1, -SizeClasses.BytesOf((int)sizeClass));
        else
            GiveSlowly(address);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveSlowly(void* address)
    {
        try
        {
            if (!IsOnItsThread())
                return;
            var byteCount = _lent.UsableBytes(address);
            var failure = _lent.FreeAndReport(address, new SourceLine(Name, NoLine, "free"));
            Count(-1, -(long)byteCount);
            if (failure is not null)
                Fail(failure);
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    /// <summary>Counts and reports a fault.</summary>
    private protected void Fault(Exception fault)
    {
        Interlocked.Increment(ref _faultCount);
        LastFault = fault;
        try
        {
            Faulted?.Invoke(fault);
        }
        catch (Exception)
        {
            // An exception would cross C's frames. The fault is counted and kept.
        }
    }

    // True on the thread that may call.
    private bool IsOurs => Environment.CurrentManagedThreadId == _thread || _isShared;

    private bool IsOnItsThread()
    {
        if (IsOurs)
            return true;
        var thread = Environment.CurrentManagedThreadId;
        Fault(new InvalidOperationException(
            $"'{Name}' called {_allocator.Label} on thread {thread}, and it is lent to thread {_thread}: "
            + "call TakeOver on the thread that goes on with it, while no other is inside."));
        return false;
    }

    private bool Fits(nuint byteCount)
    {
        var liveBytes = LiveBytes;
        return liveBytes <= LimitBytes && byteCount <= LimitBytes - liveBytes;
    }

    private void* Keep(void* address)
    {
        Count(1, (long)_lent.UsableBytes(address));
        return address;
    }

    private void Count(int count, long byteCount)
    {
        if (!_isShared)
        {
            _liveCount += count;
            _liveBytes += byteCount;
            _peakLiveBytes = Math.Max(_peakLiveBytes, _liveBytes);
            return;
        }
        Interlocked.Add(ref _liveCount, count);
        var live = Interlocked.Add(ref _liveBytes, byteCount);
        var peak = Volatile.Read(ref _peakLiveBytes);
        while (live > peak)
        {
            var seen = Interlocked.CompareExchange(ref _peakLiveBytes, live, peak);
            if (seen == peak)
                break;
            peak = seen;
        }
    }

    private void* Refuse()
    {
        Interlocked.Increment(ref _refusedCount);
        return null;
    }

    private void* Fail(Exception failure)
    {
        Fault(failure);
        return null;
    }
}
