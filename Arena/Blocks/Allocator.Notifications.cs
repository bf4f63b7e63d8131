using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Arena;

// Notifies observers. An exception of an observer reaches the caller once the allocator is consistent again;
// IAllocationObserver states the rule.
public abstract unsafe partial class Allocator
{
    private ObserverLink? _link;
    private Attachments _attachments = Attachments.None;

    /// <summary>
    /// True if the slow path asks <see cref="Filter"/> which calls to report, and <see cref="IsLive"/> may be called:
    /// only in an allocator for one thread at a time. All others report everything to a sampling observer.
    /// </summary>
    internal virtual bool AsksFilter => false;

    /// <summary>True if it notifies observers of single allocations; frame memory does not.</summary>
    internal virtual bool NotifiesAllocations => true;

    /// <summary>True while an observer is attached, or a guard: then every call takes the slow path.</summary>
    internal bool IsObserved => _link is not null || Guard is { IsDetached: false };

    /// <summary>
    /// The filter of the only observer, if that is a sampling one: it decides which allocations are reported. Frees are
    /// not, unless the place is used again or loses its storage.
    /// </summary>
    internal SampleFilter? Filter { get; private set; }

    /// <summary>
    /// True while a guard that samples allocations is all that needs the slow path, and only for those.
    /// </summary>
    internal bool IsSampledByGuard => _link is null && Guard is { IsDetached: false, KnowsSome: true };

    /// <summary>True while such a guard counts nothing, so that the fast path of allocations may be open.</summary>
    internal bool RestsSampling => IsSampledByGuard && Guard!.Sampler is { IsResting: true };

    /// <summary>True while every allocation takes the slow path.</summary>
    internal bool ClosesFastPath => IsObserved && !RestsSampling;

    /// <summary>True if it counts allocations for such a guard by itself, and not by <see cref="Filter"/>.</summary>
    internal virtual bool CountsInAdvance => false;

    internal void Observe(IAllocationObserver[] observers)
    {
        using var visit = Visit();
        if (visit.IsRefused || _disposeBegun)
            return;
        // Frees may be reported from now on; earlier ones were not.
        CountDeadSamples();
        _attachments = _attachments with
        {
            Vetoes = [.. observers.OfType<IAllocationVeto>()],
            UsualGuard = observers is [] && Guard is { HasUsualRoad: true } usual ? usual : null,
        };
        var links = Array.ConvertAll(observers, LinkOf);
        _link = links switch
        {
            [] => null,
            [var only] => only,
            _ => new LinkGroup(links),
        };
        Filter = !AsksFilter || ChecksThreads ? null
            : Guard is { IsDetached: false } guard ? (links is [] && !CountsInAdvance ? guard.Filter : null)
            : links is [var alone] ? alone.Filter : null;
        ObserversChanged();
    }

    /// <summary>
    /// Returns null, or why an observer refuses to grant these bytes, the number that <see cref="NotifyAllocated"/>
    /// will report. The slow path calls it before it allocates.
    /// </summary>
    internal string? WhyRefused(nuint grantedBytes) => _attachments.Vetoes.Length == 0 ? null : AskVetoes(grantedBytes);

    /// <summary>Notifies the vetoes that the last allocation that they permitted on this thread is not made.</summary>
    internal void Withdraw()
    {
        foreach (var veto in _attachments.Vetoes)
            veto.Withdrawn(this);
    }

    /// <summary>
    /// Returns null, or why an observer refuses to let an allocation grow; shrinking is always allowed.
    /// </summary>
    internal string? WhyGrowthRefused(nuint oldGrantedBytes, nuint grantedBytes) =>
        grantedBytes > oldGrantedBytes ? WhyRefused(grantedBytes - oldGrantedBytes) : null;

    /// <summary>Notifies of an allocation; if an observer throws, undoes it and lets the exception pass.</summary>
    internal void NotifyAllocated(void* address, nuint byteCount, in SourceLine caller)
    {
        if (_link?.Allocated((nuint)address, byteCount, in caller) is { } failure)
            UndoAndThrow(address, byteCount, failure);
    }

    /// <summary>Notifies of a free that is known to be valid.</summary>
    /// <returns>Null, or an observer's exception, to throw once the free is complete.</returns>
    internal Exception? NotifyFreed(void* address, nuint byteCount) => _link?.Freed((nuint)address, byteCount);

    /// <summary>
    /// Unless the filter skips the call, notifies of an allocation, which is made already, and of the death of the one
    /// that lived there before. If an observer throws, undoes it and lets the exception pass.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void NotifyIfWanted(void* address, nuint byteCount, in SourceLine caller)
    {
        if (IsWanted(address, byteCount))
            NotifyAllocated(address, byteCount, in caller);
    }

    /// <summary>Does what <see cref="NotifyFreed"/> does, unless the filter skips it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Exception? NotifyFreedIfWanted(void* address, nuint byteCount) =>
        Filter is not { } filter || filter.MayHold((nuint)address) ? NotifyFreed(address, byteCount) : null;

    /// <summary>
    /// Notifies of a resize, in place or into a copy that was not reported: an observer sees the old allocation die and
    /// a new one appear.
    /// </summary>
    /// <returns>
    /// Null, or an observer's exception. The opposite was then reported; the caller undoes the resize and throws it.
    /// </returns>
    internal Exception? NotifyResized(
        void* old, nuint oldByteCount, void* resized, nuint byteCount, in SourceLine caller)
    {
        var failure = NotifyChange(old, oldByteCount, resized, byteCount, in caller);
        if (failure is not null)
            _ = NotifyChange(resized, byteCount, old, oldByteCount, in caller);
        return failure;
    }

    /// <summary>Notifies of the free of an allocation whose contents have moved, before it is freed.</summary>
    /// <returns>
    /// Null, or an observer's exception. The allocation was then reported as alive again; the caller frees the copy and
    /// throws it.
    /// </returns>
    internal Exception? NotifyMoved(void* address, nuint byteCount, in SourceLine caller)
    {
        var failure = NotifyFreedIfWanted(address, byteCount);
        if (failure is not null)
            _ = _link?.Allocated((nuint)address, byteCount, in caller);
        return failure;
    }

    /// <summary>Notifies that a compaction has moved an allocation.</summary>
    /// <returns>Null, or an observer's exception; the allocation stays where it is now.</returns>
    internal Exception? NotifyRelocated(void* from, void* to, nuint byteCount) =>
        _link?.Moved((nuint)from, (nuint)to, byteCount);

    /// <summary>Notifies that an allocation does not live in the frame that the arena was taken back to.</summary>
    internal Exception? NotifyWentBack(nuint address, nuint byteCount) =>
        NotifyFreedIfWanted((void*)address, byteCount);

    /// <summary>Notifies that an allocation lives again, although no line of the program allocated it.</summary>
    internal Exception? NotifyCameBack(nuint address, nuint byteCount) => IsWanted((void*)address, byteCount)
        ? _link?.Allocated(address, byteCount, new SourceLine("", 0, "ArenaHistory.Restore"))
        : null;

    /// <summary>Notifies that everything died at once.</summary>
    /// <returns>Null, or an observer's exception, to throw once everything is freed.</returns>
    internal Exception? NotifyCleared() => _link?.Cleared();

    /// <summary>Frees an allocation whose notification made an observer throw, and throws that exception.</summary>
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

    /// <summary>Frees a new allocation, as any caller would.</summary>
    internal abstract void Undo(void* address, nuint byteCount);

    /// <summary>
    /// Lets a sampling observer find out which of its samples have died. Call it before their live bits lose storage.
    /// </summary>
    internal void CountDeadSamples()
    {
        if (Filter is not null)
            _link?.CountDead();
    }

    /// <summary>
    /// Returns, while there is a <see cref="Filter"/>, whether the allocation reported at an address is alive. Any
    /// thread may call it; for dead allocations, only before <see cref="CountDeadSamples"/>. A call in progress on the
    /// allocator's own thread may or may not be seen.
    /// </summary>
    internal virtual bool IsLive(nuint address) => true;

    /// <summary>Opens or closes the fast path after <see cref="IsObserved"/> or <see cref="Filter"/> changed.</summary>
    internal abstract void ObserversChanged();

    /// <summary>
    /// Lets a guard that samples count allocations, or no longer. It comes from another thread, while the allocator's
    /// own one may be on the fast path: so it may only write a word that both may find with either value.
    /// </summary>
    internal void FollowWindow(bool isOpen)
    {
        using var visit = Visit();
        if (visit.IsRefused || Guard?.Sampler is not { } sampler)
            return;
        sampler.IsResting = !isOpen;
        if (IsSampledByGuard)
            SamplingChanged();
    }

    /// <summary>
    /// Opens or closes the fast path of allocations after <see cref="RestsSampling"/> changed, see
    /// <see cref="FollowWindow"/>. Until then, and if another thread made it late, it works with either.
    /// </summary>
    internal virtual void SamplingChanged()
    {
    }

    /// <summary>"File.cs:12 (Member)" of what lives at an address, where an observer knows it; else empty.</summary>
    internal string LineOf(nuint address) => _link?.LineOf(address) is { } line ? $"{line}" : "";

    private IReadOnlyList<LeakLine> LiveLines() => _link?.LiveLines() ?? [];

    private ObserverLink? ForgetObservers()
    {
        var link = _link;
        _link = null;
        _attachments = Attachments.None;
        Filter = null;
        return link;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsWanted(void* address, nuint byteCount)
    {
        if (Filter is not { } filter)
            return true;
        // The filter belongs to a guard, which has counted already.
        if (_link is null)
            return false;
        // The only observer with a filter is a tracker, whose frees do not throw.
        if (filter.MayHold((nuint)address))
            _ = NotifyFreed(address, byteCount);
        return !filter.Skips(byteCount);
    }

    private Exception? NotifyChange(void* old, nuint oldByteCount, void* resized, nuint byteCount, in SourceLine caller)
    {
        var failure = NotifyFreedIfWanted(old, oldByteCount);
        var later = IsWanted(resized, byteCount)
            ? _link?.Allocated((nuint)resized, byteCount, in caller)
            : null;
        return failure ?? later;
    }

    private string? AskVetoes(nuint byteCount)
    {
        var vetoes = _attachments.Vetoes;
        string? why = null;
        var isPermitted = false;
        try
        {
            for (var i = 0; why is null && i < vetoes.Length; i++)
                why = vetoes[i].WhyRefused(this, byteCount);
            isPermitted = why is null;
        }
        finally
        {
            // The vetoes that were asked before may have counted it.
            if (!isPermitted)
                Withdraw();
        }
        return why;
    }

    private ObserverLink LinkOf(IAllocationObserver observer) => observer is ILinkedObserver watching
        ? watching.LinkOf(this)
        : new InterfaceLink(this, observer);
}
