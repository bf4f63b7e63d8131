using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// What all allocators of an arena share: a name, the arena below, how they end and who watches them.
/// Only Arena's own allocators derive from it.
/// </summary>
public abstract unsafe class Allocator : IDisposable
{
    /// <summary>No block ever carries it: an allocator that compares owners with it takes its slow path.</summary>
    internal const ushort NoToken = 0xFFFE;

    private bool _disposeBegun;
    private AllocatorWatch? _watch;
    private IAllocationVeto[] _vetoes = [];

    internal Allocator(PageArena arena, string name)
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Arena = arena;
        Name = name;
    }

    /// <summary>The arena whose pages it divides.</summary>
    public PageArena Arena { get; }

    /// <summary>Named in every error and report.</summary>
    public string Name { get; }

    /// <summary>What it is, in one or two words: <c>pool</c>, <c>buddy</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>
    /// The accounting category of all that it allocates from now on; null takes that of the <see cref="MemoryTag"/>
    /// scope around the call. Read by observers only.
    /// </summary>
    public string? Tag { get; set; }

    /// <summary>True once disposed, itself or with its arena.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>
    /// True from the first moment of Dispose: what <see cref="IAllocationObserver.Cleared"/> tells is final.
    /// </summary>
    internal bool IsEnding => _disposeBegun;

    /// <summary>Whether several threads may be inside it at a time, so that observers are told by several.</summary>
    internal virtual bool IsShared => false;

    /// <summary>
    /// Whether its slow path asks <see cref="Gate"/> which calls to tell, and <see cref="IsLive"/> may be asked: only
    /// where one thread at a time is in it. Of others a sampling observer is told everything.
    /// </summary>
    internal virtual bool AsksGate => false;

    /// <summary>Whether it tells observers of single allocations; frame memory does not.</summary>
    internal virtual bool TellsAllocations => true;

    /// <summary>Marks the arena's pages that this allocator holds.</summary>
    internal ushort OwnerToken { get; set; } = NoToken;

    /// <summary>Who watches; empty while nothing is attached.</summary>
    internal IAllocationObserver[] Observers { get; private set; } = [];

    /// <summary>True while an observer is attached: then every call takes the slow path.</summary>
    internal bool IsObserved => _watch is not null;

    /// <summary>
    /// Where one sampling observer is all that watches: which allocations need not be told. Frees need not, unless the
    /// place is used again or its storage goes.
    /// </summary>
    internal SampleGate? Gate { get; private set; }

    /// <summary>"pool 'bullets'", for messages.</summary>
    internal string Label => $"{Kind} '{Name}'";

    /// <summary>
    /// Gives all memory back to the arena. What is still alive is told by <see cref="PageArena.LeaksFound"/>.
    /// Later calls are an <see cref="ObjectDisposedException"/>; disposing twice does nothing.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposeBegun, true))
            return;
        var leak = FindLeaks();
        if (leak is not null && _watch is { } watch)
            leak = leak with { Lines = watch.LiveLines() };
        try
        {
            TellCleared();
        }
        finally
        {
            End(leak);
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>Called by a derived constructor as its last act but taking memory; undone by Dispose.</summary>
    internal void Register() => Arena.Register(this);

    internal void Observe(IAllocationObserver[] observers)
    {
        if (IsDisposed)
            return;
        // Frees may be told from now on, and those before were not.
        StrikeDeadSamples();
        Observers = observers;
        _vetoes = [.. observers.OfType<IAllocationVeto>()];
        var watches = Array.ConvertAll(observers, WatchOf);
        _watch = watches switch
        {
            [] => null,
            [var only] => only,
            _ => new WatchGroup(watches),
        };
        Gate = AsksGate && watches is [var alone] ? alone.Gate : null;
        ObserversChanged();
    }

    /// <summary>
    /// Null, or why an observer forbids these bytes; to be asked in the slow path, before an allocation is made.
    /// </summary>
    internal string? WhyRefused(nuint byteCount) => _vetoes.Length == 0 ? null : AskVetoes(byteCount);

    internal void ThrowIfRefused(nuint byteCount)
    {
        if (WhyRefused(byteCount) is { } why)
            Throw.OutOfMemory(this, byteCount, why);
    }

    internal void TellAllocated(void* address, nuint byteCount, string file, int line, string member) =>
        _watch?.Allocated((nuint)address, byteCount, file, line, member);

    internal void TellFreed(void* address, nuint byteCount) => _watch?.Freed((nuint)address, byteCount);

    /// <summary>
    /// For an allocator that asks the gate after it allocated: tells unless the gate leaves it out, and that what lived
    /// there before is gone.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void TellIfWanted(void* address, nuint byteCount, string file, int line, string member)
    {
        if (Gate is { } gate)
        {
            if (gate.MayHold((nuint)address))
                TellFreed(address, byteCount);
            if (gate.Skips(byteCount))
                return;
        }
        TellAllocated(address, byteCount, file, line, member);
    }

    /// <summary>The same of a free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void TellFreedIfWanted(void* address, nuint byteCount)
    {
        if (Gate is not { } gate || gate.MayHold((nuint)address))
            TellFreed(address, byteCount);
    }

    /// <summary>
    /// To an observer an allocation that was resized in place died and came to life with its new size.
    /// </summary>
    internal void TellResized(
        void* address, nuint oldByteCount, nuint byteCount, string file, int line, string member)
    {
        TellFreedIfWanted(address, oldByteCount);
        TellIfWanted(address, byteCount, file, line, member);
    }

    internal void TellCleared() => _watch?.Cleared();

    /// <summary>
    /// Has a sampling observer look what has died. To be called before the bits that tell lose their storage.
    /// </summary>
    internal void StrikeDeadSamples()
    {
        if (Gate is not null)
            _watch!.StrikeDead();
    }

    /// <summary>
    /// While there is a <see cref="Gate"/>: whether what was told to be allocated at an address is alive. From any
    /// thread, but of what is dead not after <see cref="StrikeDeadSamples"/>; what the allocator's own thread is about
    /// to do may be seen or not.
    /// </summary>
    internal virtual bool IsLive(nuint address) => true;

    internal void ThrowIfDisposed()
    {
        if (IsDisposed)
            Throw.Disposed(Kind, Name);
    }

    /// <summary>Opens or closes the fast path after <see cref="Observers"/> changed.</summary>
    internal abstract void ObserversChanged();

    /// <summary>
    /// Shows its blocks and what lives in them, from its own bitmaps; allocates nothing. The allocator must not be
    /// changed meanwhile: to be called where <see cref="PageArena.Attach"/> may be.
    /// </summary>
    internal abstract void Walk(IMemoryVisitor visitor);

    /// <summary>How much is alive right now, for the thread that uses the allocator; 0 once disposed.</summary>
    /// <remarks>An allocator that can tell without making garbage overrides it.</remarks>
    internal virtual LiveTotals CountLive() =>
        !IsDisposed && FindLeaks() is { } leak ? new LiveTotals(leak.LiveCount, leak.LiveBytes) : default;

    /// <summary>What is alive right now, or null when nothing is.</summary>
    internal abstract LeakNotice? FindLeaks();

    /// <summary>Gives every block back and closes the fast path; <see cref="IsDisposed"/> is already true.</summary>
    internal abstract void Close();

    /// <summary>A notice in this allocator's name.</summary>
    internal LeakNotice Notice(int liveCount, nuint liveBytes, IReadOnlyList<nuint> firstAddresses) => new()
    {
        ArenaName = Arena.Name,
        Kind = Kind,
        AllocatorName = Name,
        LiveCount = liveCount,
        LiveBytes = liveBytes,
        FirstAddresses = firstAddresses,
    };

    private string? AskVetoes(nuint byteCount)
    {
        foreach (var veto in _vetoes)
        {
            if (veto.WhyRefused(this, byteCount) is { } why)
                return why;
        }
        return null;
    }

    private AllocatorWatch WatchOf(IAllocationObserver observer) => observer is IWatchingObserver watching
        ? watching.WatchOf(this)
        : new ObserverWatch(this, observer);

    // A handler that throws finds the allocator gone all the same.
    private void End(LeakNotice? leak)
    {
        IsDisposed = true;
        Close();
        if (OwnerToken != NoToken)
            Arena.Unregister(this);
        OwnerToken = NoToken;
        Observers = [];
        var watch = _watch;
        _watch = null;
        _vetoes = [];
        Gate = null;
        try
        {
            if (leak is not null)
                Arena.Tell(leak);
        }
        finally
        {
            watch?.Ended();
        }
    }
}
