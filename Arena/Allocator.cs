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

    /// <summary>True once disposed, itself or with its arena.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Marks the arena's pages that this allocator holds.</summary>
    internal ushort OwnerToken { get; private set; } = NoToken;

    /// <summary>Who watches; empty while nothing is attached.</summary>
    internal IAllocationObserver[] Observers { get; private set; } = [];

    /// <summary>True while an observer is attached: then every call takes the slow path.</summary>
    internal bool IsObserved => Observers.Length != 0;

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
    internal void Register() => OwnerToken = Arena.Register(this);

    internal void Observe(IAllocationObserver[] observers)
    {
        if (IsDisposed)
            return;
        Observers = observers;
        ObserversChanged();
    }

    internal void TellAllocated(void* address, nuint byteCount, string file, int line, string member)
    {
        var allocation = new AllocationEvent(this, (nuint)address, byteCount, file, line, member);
        foreach (var observer in Observers)
            observer.Allocated(in allocation);
    }

    internal void TellFreed(void* address)
    {
        foreach (var observer in Observers)
            observer.Freed(this, (nuint)address);
    }

    internal void TellCleared()
    {
        foreach (var observer in Observers)
            observer.Cleared(this);
    }

    internal void ThrowIfDisposed()
    {
        if (IsDisposed)
            Throw.Disposed(Kind, Name);
    }

    /// <summary>Opens or closes the fast path after <see cref="Observers"/> changed.</summary>
    internal abstract void ObserversChanged();

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

    // A handler that throws finds the allocator gone all the same.
    private void End(LeakNotice? leak)
    {
        IsDisposed = true;
        Close();
        if (OwnerToken != NoToken)
            Arena.Unregister(this);
        OwnerToken = NoToken;
        Observers = [];
        if (leak is not null)
            Arena.Tell(leak);
    }
}
