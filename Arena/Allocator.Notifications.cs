using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Arena;

// The observers, and what they are notified of. An exception of an observer reaches the caller once the allocator is
// consistent again; IAllocationObserver states the rule.
public abstract unsafe partial class Allocator
{
    private AllocatorWatch? _watch;
    private Attachments _attachments = Attachments.None;

    /// <summary>
    /// Whether the slow path asks <see cref="Gate"/> which calls to report, and <see cref="IsLive"/> may be called:
    /// only in an allocator for one thread at a time. All others report everything to a sampling observer.
    /// </summary>
    internal virtual bool AsksGate => false;

    /// <summary>Whether it notifies observers of single allocations; frame memory does not.</summary>
    internal virtual bool TellsAllocations => true;

    /// <summary>True while an observer is attached, or a guard: then every call takes the slow path.</summary>
    internal bool IsObserved => _watch is not null || Guard is { IsDetached: false };

    /// <summary>
    /// With one sampling observer and no other: decides which allocations are reported. Frees are not, unless the
    /// place is used again or loses its storage.
    /// </summary>
    internal SampleGate? Gate { get; private set; }

    internal void Observe(IAllocationObserver[] observers)
    {
        using var visit = Visit();
        if (visit.IsRefused || _disposeBegun)
            return;
        // Frees may be reported from now on; earlier ones were not.
        StrikeDeadSamples();
        _attachments = _attachments with { Vetoes = [.. observers.OfType<IAllocationVeto>()] };
        var watches = Array.ConvertAll(observers, WatchOf);
        _watch = watches switch
        {
            [] => null,
            [var only] => only,
            _ => new WatchGroup(watches),
        };
        Gate = !AsksGate ? null
            : Guard is { IsDetached: false } guard ? (watches is [] ? guard.Gate : null)
            : watches is [var alone] ? alone.Gate : null;
        ObserversChanged();
    }

    /// <summary>
    /// Null, or why an observer refuses to grant these bytes, the number that <see cref="TellAllocated"/> will report.
    /// The slow path calls it before it allocates.
    /// </summary>
    internal string? WhyRefused(nuint grantedBytes) => _attachments.Vetoes.Length == 0 ? null : AskVetoes(grantedBytes);

    /// <summary>Null, or why an observer refuses to let an allocation grow; shrinking is always allowed.</summary>
    internal string? WhyGrowthRefused(nuint oldGrantedBytes, nuint grantedBytes) =>
        grantedBytes > oldGrantedBytes ? WhyRefused(grantedBytes - oldGrantedBytes) : null;

    /// <summary>Notifies of an allocation; if an observer throws, undoes it and lets the exception pass.</summary>
    internal void TellAllocated(void* address, nuint byteCount, string file, int line, string member)
    {
        if (_watch?.Allocated((nuint)address, byteCount, file, line, member) is { } failure)
            UndoAndThrow(address, byteCount, failure);
    }

    /// <summary>Notifies of a free that is known to be valid.</summary>
    /// <returns>Null, or what an observer threw: to be thrown once the free is complete.</returns>
    internal Exception? TellFreed(void* address, nuint byteCount) => _watch?.Freed((nuint)address, byteCount);

    /// <summary>
    /// For an allocator that asks the gate after it has allocated: unless the gate skips the call, notifies of the
    /// allocation and of the death of what lived there before. If an observer throws, undoes it and lets the exception
    /// pass.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void TellIfWanted(void* address, nuint byteCount, string file, int line, string member)
    {
        if (IsWanted(address, byteCount))
            TellAllocated(address, byteCount, file, line, member);
    }

    /// <summary>Does what <see cref="TellFreed"/> does, unless the gate skips it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Exception? TellFreedIfWanted(void* address, nuint byteCount) =>
        Gate is not { } gate || gate.MayHold((nuint)address) ? TellFreed(address, byteCount) : null;

    /// <summary>
    /// Notifies of a resize, in place or into a copy that was not reported: an observer sees the old allocation die and
    /// a new one appear.
    /// </summary>
    /// <returns>
    /// Null, or what an observer threw. The opposite was then reported; the caller undoes the resize and throws it.
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
    /// Null, or what an observer threw. The allocation was then reported as alive again; the caller frees the copy and
    /// throws it.
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
    /// Frees an allocation whose notification made an observer throw, and throws that exception.
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
            // An observer threw again. The allocation is freed all the same, and the first exception says more.
        }
        ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Frees what was just allocated, as any caller would.</summary>
    internal abstract void Undo(void* address, nuint byteCount);

    /// <summary>
    /// Lets a sampling observer find out which of its samples have died. Call it before their live bits lose storage.
    /// </summary>
    internal void StrikeDeadSamples()
    {
        if (Gate is not null)
            _watch?.StrikeDead();
    }

    /// <summary>
    /// While there is a <see cref="Gate"/>: whether the allocation that was reported at an address is alive. Callable
    /// from any thread; for dead allocations, only before <see cref="StrikeDeadSamples"/>. A call that the allocator's
    /// own thread is just making may or may not be seen.
    /// </summary>
    internal virtual bool IsLive(nuint address) => true;

    /// <summary>Opens or closes the fast path after <see cref="IsObserved"/> or <see cref="Gate"/> changed.</summary>
    internal abstract void ObserversChanged();

    private IReadOnlyList<LeakLine> LiveLines() => _watch?.LiveLines() ?? [];

    private AllocatorWatch? ForgetObservers()
    {
        var watch = _watch;
        _watch = null;
        _attachments = Attachments.None;
        Gate = null;
        return watch;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsWanted(void* address, nuint byteCount)
    {
        if (Gate is not { } gate)
            return true;
        // The gate is a guard's, which has counted already.
        if (_watch is null)
            return false;
        // The only observer with a gate is a tracker, whose frees do not throw.
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
        foreach (var veto in _attachments.Vetoes)
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
