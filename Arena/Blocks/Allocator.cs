using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The base of all allocators of an arena: a name, the arena below, disposal and observers.
/// Only Arena's own allocators derive from it.
/// </summary>
/// <remarks>
/// <para>
/// After Dispose, of the allocator or of its arena, every method throws an <see cref="ObjectDisposedException"/>, for
/// null too, and so does every property that counts live or free memory: <c>LiveCount</c>, <c>LiveBytes</c>,
/// <c>SlotCount</c>, <c>SlabCount</c>, <c>CapacityBytes</c>, <c>LargestFreeBytes</c>. Properties that measure the
/// allocator's share of the arena read 0: <c>CommittedBytes</c>, <c>UsedBytes</c>, <c>PartCount</c>. Descriptions of
/// the object work as before: name, kind, tag, layout, arena, peaks, ToString.
/// </para>
/// <para>
/// No other thread may be inside an allocator while it or its arena is disposed. Samplers, trackers and captures are
/// exempt: they may look at it at that moment, and find it either present or gone.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// heap.Tag = "textures";                              // whose memory it is, in reports
/// heap.IgnoreLeaks = true;                            // the level ends with everything in it
/// </code>
/// </example>
public abstract unsafe partial class Allocator : IDisposable
{
    /// <summary>A token that no block carries: an allocator that compares owners with it takes its slow path.</summary>
    internal const ushort NoToken = 0xFFFE;

    private Visitors _visitors;
    private bool _disposeBegun;
    private volatile bool _isDisposed;

    // The thread that runs the constructor, which counts as a visitor until it ends; 0 afterwards.
    private int _maker;
    private bool _isMade;

    internal Allocator(PageArena arena, string name)
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Arena = arena;
        Name = name;
    }

    /// <summary>The arena whose pages it divides.</summary>
    public PageArena Arena { get; }

    /// <summary>The name in every error and report.</summary>
    public string Name { get; }

    /// <summary>The kind of allocator, in one or two words: <c>pool</c>, <c>buddy</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>
    /// The accounting category of everything it allocates from now on; null takes the tag of the
    /// <see cref="MemoryTag"/>
    /// scope around the call. Only observers read it.
    /// </summary>
    public string? Tag { get; set; }

    /// <summary>
    /// True if Dispose may find live allocations without raising <see cref="PageArena.LeaksFound"/>. It is for
    /// allocators that end with everything in them, such as those of a level or of a game that closes. The default is
    /// false;
    /// <see cref="PageArena.IgnoreLeaks"/> applies to a whole arena. Leak trackers still report these allocations.
    /// </summary>
    public bool IgnoreLeaks { get; set; }

    /// <summary>True once it, or its arena, was disposed.</summary>
    public bool IsDisposed => _isDisposed;

    /// <summary>
    /// True from the beginning of Dispose: a notification of <see cref="IAllocationObserver.Cleared"/> is the last.
    /// </summary>
    internal bool IsEnding => _disposeBegun;

    /// <summary>
    /// The bytes of each allocation beside those that <see cref="Walk"/> shows; observers are notified of all.
    /// </summary>
    internal virtual nuint BytesElsewhere => 0;

    /// <summary>
    /// The work of its compactions, and what they could gain; null if it has none. Any thread may read it.
    /// </summary>
    internal virtual CompactionCounters? Compaction => null;

    /// <summary>True if several threads may be inside it at a time, so that several threads notify observers.</summary>
    internal virtual bool IsShared => false;

    /// <summary>The mark on the arena's pages that this allocator holds.</summary>
    internal ushort OwnerToken { get; set; } = NoToken;

    /// <summary>"pool 'bullets'", for messages.</summary>
    internal string Label => $"{Kind} '{Name}'";

    /// <summary>
    /// Gives all memory back to the arena, and raises <see cref="PageArena.LeaksFound"/> for live allocations.
    /// Disposing twice does nothing.
    /// </summary>
    public void Dispose()
    {
        // The constructor of this object failed.
        if (Volatile.Read(ref _maker) == Environment.CurrentManagedThreadId)
            EndMaking();
        if (Interlocked.Exchange(ref _disposeBegun, true))
            return;
        // Another thread constructed it, or is attaching or detaching; from here on, other threads do not enter.
        _visitors.AwaitNone();
        LeakNotice? leak = null;
        Exception? failure = null;
        try
        {
            leak = _isMade ? FindLeaks() : null;
            if (IgnoreLeaks || Arena.IgnoreLeaks)
                leak = null;
            if (leak is not null)
                leak = leak with { Lines = LiveLines() };
            failure = NotifyCleared();
            failure = VerifyLast() ?? failure;
        }
        finally
        {
            End(leak);
        }
        GC.SuppressFinalize(this);
        Throw.If(failure);
    }

    /// <summary>
    /// Registers the allocator with its arena. A derived constructor calls it last, before it takes memory, in a
    /// <c>using</c> that lasts to its end: another thread may dispose the arena meanwhile, and waits. Dispose undoes a
    /// constructor that fails.
    /// </summary>
    internal MakingScope Register()
    {
        _maker = Environment.CurrentManagedThreadId;
        _visitors.Enter();
        try
        {
            Arena.Register(this);
        }
        catch
        {
            EndMaking();
            throw;
        }
        return new MakingScope(this);
    }

    /// <summary>Records that the constructor has all that it needs.</summary>
    internal void SetMade() => Volatile.Write(ref _isMade, true);

    internal void EndMaking()
    {
        if (_maker == 0)
            return;
        Volatile.Write(ref _maker, 0);
        _visitors.Leave();
    }

    // This is one call, instead of six instructions in each caller.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void ThrowIfDisposed()
    {
        if (_isDisposed)
            Throw.Disposed(Kind, Name);
    }

    /// <summary>
    /// Lets a thread that is not inside the allocator look at its memory, which stays until the visit ends. A visit is
    /// short and calls no user code, because Dispose waits for it.
    /// </summary>
    internal AllocatorVisit Visit()
    {
        _visitors.Enter();
        if (!_isDisposed)
            return new AllocatorVisit(this);
        _visitors.Leave();
        return default;
    }

    /// <summary>Begins a visit like <see cref="Visit"/>, but throws if the allocator is gone.</summary>
    internal AllocatorVisit VisitOrThrow()
    {
        var visit = Visit();
        if (visit.IsRefused)
            Throw.Disposed(Kind, Name);
        return visit;
    }

    internal void EndVisit() => _visitors.Leave();

    /// <summary>
    /// Counts like <see cref="CountLive"/>, for a thread that is not inside; zero if the allocator is gone.
    /// </summary>
    internal LiveTotals CountLiveAsVisitor()
    {
        using var visit = Visit();
        return visit.IsRefused || !Volatile.Read(ref _isMade) ? default : CountLive();
    }

    /// <summary>
    /// Walks like <see cref="Walk"/>, for a thread that is not inside; shows nothing if the allocator is gone.
    /// </summary>
    internal void WalkAsVisitor(IMemoryVisitor visitor)
    {
        using var visit = Visit();
        if (!visit.IsRefused && Volatile.Read(ref _isMade))
            Walk(visitor);
    }

    /// <summary>
    /// Shows its blocks and what lives in them, from its own bitmaps; allocates nothing. The allocator must not change
    /// meanwhile: call it only where <see cref="PageArena.Attach"/> is allowed.
    /// </summary>
    internal abstract void Walk(IMemoryVisitor visitor);

    /// <summary>Counts live allocations, for the thread that uses the allocator; 0 once disposed.</summary>
    /// <remarks>An allocator that can count without making garbage overrides it.</remarks>
    internal virtual LiveTotals CountLive() =>
        !_isDisposed && FindLeaks() is { } leak ? new LiveTotals(leak.LiveCount, leak.LiveBytes) : default;

    /// <summary>Returns a notice of the live allocations, or null if there are none.</summary>
    internal abstract LeakNotice? FindLeaks();

    /// <summary>
    /// Gives every block back and closes the fast path; <see cref="IsDisposed"/> is already true. If a constructor
    /// failed after <see cref="Register"/>, it closes what exists.
    /// </summary>
    internal abstract void Close();

    /// <summary>Makes a notice in this allocator's name.</summary>
    internal LeakNotice Notice(int liveCount, nuint liveBytes, IReadOnlyList<nuint> firstAddresses) => new()
    {
        ArenaName = Arena.Name,
        Kind = Kind,
        AllocatorName = Name,
        LiveCount = liveCount,
        LiveBytes = liveBytes,
        FirstAddresses = firstAddresses,
    };

    // Ends the allocator, even if a handler throws.
    private void End(LeakNotice? leak)
    {
        _isDisposed = true;
        _visitors.AwaitNone();
        ObserverLink? link = null;
        try
        {
            Guard?.UnprotectAll();
            Close();
            // Its user holds further memory in its name, and could not give it back because the arena went first.
            if (!_isMade || BytesElsewhere != 0)
                Arena.TakeBackAll(OwnerToken);
        }
        finally
        {
            if (OwnerToken != NoToken)
                Arena.Unregister(this);
            OwnerToken = NoToken;
            EndHandle();
            link = ForgetObservers();
        }
        try
        {
            if (leak is not null)
                Arena.Notify(leak);
        }
        finally
        {
            link?.Ended();
        }
    }
}
