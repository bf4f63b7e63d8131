using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Arena;

// Who watches, and what they are notified of. What an observer throws passes to the caller once the allocator is
// consistent again; IAllocationObserver has the rule.
public abstract unsafe partial class Allocator
{
    private AllocatorWatch? _watch;
    private IAllocationVeto[] _vetoes = [];

    /// <summary>
    /// Whether its slow path asks <see cref="Gate"/> which calls to tell, and <see cref="IsLive"/> may be asked: only
    /// where one thread at a time is in it. Of others a sampling observer is told everything.
    /// </summary>
    internal virtual bool AsksGate => false;

    /// <summary>Whether it tells observers of single allocations; frame memory does not.</summary>
    internal virtual bool TellsAllocations => true;

    /// <summary>True while an observer is attached: then every call takes the slow path.</summary>
    internal bool IsObserved => _watch is not null;

    /// <summary>
    /// Where one sampling observer is all that watches: which allocations need not be told. Frees need not, unless the
    /// place is used again or its storage goes.
    /// </summary>
    internal SampleGate? Gate { get; private set; }

    internal void Observe(IAllocationObserver[] observers)
    {
        using var visit = Visit();
        if (visit.IsRefused || _disposeBegun)
            return;
        // Frees may be told from now on, and those before were not.
        StrikeDeadSamples();
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
    /// Null, or why an observer forbids to grant these bytes, as many as <see cref="TellAllocated"/> will notify of; to
    /// be asked in the slow path, before an allocation is made.
    /// </summary>
    internal string? WhyRefused(nuint grantedBytes) => _vetoes.Length == 0 ? null : AskVetoes(grantedBytes);

    /// <summary>Null, or why an observer forbids that an allocation gets larger; it always may get smaller.</summary>
    internal string? WhyGrowthRefused(nuint oldGrantedBytes, nuint grantedBytes) =>
        grantedBytes > oldGrantedBytes ? WhyRefused(grantedBytes - oldGrantedBytes) : null;

    /// <summary>Notifies of an allocation; where an observer throws, it is undone and the exception passes.</summary>
    internal void TellAllocated(void* address, nuint byteCount, string file, int line, string member)
    {
        if (_watch?.Allocated((nuint)address, byteCount, file, line, member) is { } failure)
            UndoAndThrow(address, byteCount, failure);
    }

    /// <summary>Notifies of a free that is known to be good.</summary>
    /// <returns>Null, or what an observer threw: to be thrown once the free is complete.</returns>
    internal Exception? TellFreed(void* address, nuint byteCount) => _watch?.Freed((nuint)address, byteCount);

    /// <summary>
    /// For an allocator that asks the gate after it allocated: notifies unless the gate leaves it out, and that what
    /// lived there before is gone. Where an observer throws, it is undone and the exception passes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void TellIfWanted(void* address, nuint byteCount, string file, int line, string member)
    {
        if (IsWanted(address, byteCount))
            TellAllocated(address, byteCount, file, line, member);
    }

    /// <summary>As <see cref="TellFreed"/>, unless the gate leaves it out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Exception? TellFreedIfWanted(void* address, nuint byteCount) =>
        Gate is not { } gate || gate.MayHold((nuint)address) ? TellFreed(address, byteCount) : null;

    /// <summary>
    /// Notifies of an allocation that was resized, in place or into a copy that was not notified of: to an observer
    /// it died and came to life.
    /// </summary>
    /// <returns>
    /// Null, or what an observer threw. Then the opposite was notified, and the caller undoes the change and throws it.
    /// </returns>
    internal Exception? TellResized(
        void* old, nuint oldByteCount, void* resized, nuint byteCount, string file, int line, string member)
    {
        var failure = TellChange(old, oldByteCount, resized, byteCount, file, line, member);
        if (failure is not null)
            _ = TellChange(resized, byteCount, old, oldByteCount, file, line, member);
        return failure;
    }

    /// <summary>
    /// Notifies of the free of an allocation whose contents have moved, before it is freed.
    /// </summary>
    /// <returns>
    /// Null, or what an observer threw. Then it was notified as alive again, and the caller frees the copy and throws
    /// it.
    /// </returns>
    internal Exception? TellMoved(void* address, nuint byteCount, string file, int line, string member)
    {
        var failure = TellFreedIfWanted(address, byteCount);
        if (failure is not null)
            _ = _watch?.Allocated((nuint)address, byteCount, file, line, member);
        return failure;
    }

    /// <summary>Notifies that everything died at once.</summary>
    /// <returns>Null, or what an observer threw: to be thrown once everything is freed.</returns>
    internal Exception? TellCleared() => _watch?.Cleared();

    /// <summary>
    /// Frees what was just allocated, of which an observer threw when it was notified, and throws that.
    /// </summary>
    [DoesNotReturn]
    internal void UndoAndThrow(void* address, nuint byteCount, Exception failure)
    {
        try
        {
            Undo(address, byteCount);
        }
        catch (Exception)
        {
            // An observer threw again. It is freed all the same, and the first exception says more.
        }
        ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Frees what was just allocated, as any caller would.</summary>
    internal abstract void Undo(void* address, nuint byteCount);

    /// <summary>
    /// Has a sampling observer look what has died. To be called before the bits that tell lose their storage.
    /// </summary>
    internal void StrikeDeadSamples()
    {
        if (Gate is not null)
            _watch!.StrikeDead();
    }

    /// <summary>
    /// While there is a <see cref="Gate"/>: whether the allocation that was notified at an address is alive. From any
    /// thread, but of what is dead not after <see cref="StrikeDeadSamples"/>; what the allocator's own thread is about
    /// to do may be seen or not.
    /// </summary>
    internal virtual bool IsLive(nuint address) => true;

    /// <summary>Opens or closes the fast path after <see cref="IsObserved"/> or <see cref="Gate"/> changed.</summary>
    internal abstract void ObserversChanged();

    private IReadOnlyList<LeakLine> LiveLines() => _watch?.LiveLines() ?? [];

    private AllocatorWatch? ForgetObservers()
    {
        var watch = _watch;
        _watch = null;
        _vetoes = [];
        Gate = null;
        return watch;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsWanted(void* address, nuint byteCount)
    {
        if (Gate is not { } gate)
            return true;
        // The one observer with a gate is a tracker, whose frees do not throw.
        if (gate.MayHold((nuint)address))
            _ = TellFreed(address, byteCount);
        return !gate.Skips(byteCount);
    }

    private Exception? TellChange(
        void* old, nuint oldByteCount, void* resized, nuint byteCount, string file, int line, string member)
    {
        var failure = TellFreedIfWanted(old, oldByteCount);
        var later = IsWanted(resized, byteCount)
            ? _watch?.Allocated((nuint)resized, byteCount, file, line, member)
            : null;
        return failure ?? later;
    }

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
}
