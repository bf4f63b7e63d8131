namespace Arena;

// Guards against corrupted memory: see Guard/.
public sealed unsafe partial class PageArena
{
    private ArenaGuard? _guard;
    private Allocator?[] _sampled = [];

    /// <summary>
    /// The guard's options: those of the program, completed from the environment variable <c>ARENA_GUARD</c>. Null if
    /// nothing is guarded.
    /// </summary>
    public GuardOptions? Guard => Volatile.Read(ref _guard)?.Options;

    /// <summary>The guard; null if nothing is guarded.</summary>
    internal ArenaGuard? GuardOfAll => Volatile.Read(ref _guard);

    /// <summary>
    /// Guards allocations from now on, in allocators that exist and in later ones. Existing pools get no red zones,
    /// because these need room that is given when a pool is made.
    /// </summary>
    /// <remarks>Call it where <see cref="Attach(IAllocationObserver)"/> is allowed.</remarks>
    /// <param name="options">The options. The environment variable is not read.</param>
    /// <exception cref="ArgumentNullException">The options are null.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="InvalidOperationException">
    /// The arena is guarded already, so that guard must be detached first; or it shares pages, or has a
    /// history.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public void AttachGuard(GuardOptions options)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(options);
        options.Check(Name);
        lock (_observing)
        {
            ThrowIfDisposed();
            if (SharesPages)
            {
                throw new InvalidOperationException(
                    $"Arena '{Name}' shares pages, whose free slots may be bytes of live ones: guard an arena without "
                    + "SharePages.");
            }
            if (HasHistory)
            {
                throw new InvalidOperationException(
                    $"Arena '{Name}' has a history, and a guard does not go back: dispose the history first.");
            }
            var lingering = LingeringGuard();
            if (_guard is not null || lingering is not null)
            {
                throw new InvalidOperationException(
                    $"Arena '{Name}' is guarded already{lingering}: call DetachGuard first, and free "
                    + "allocations with red zones or pages of their own.");
            }
            if (!options.IsOff)
                FollowGuard(new ArenaGuard(this, options));
        }
    }

    /// <summary>
    /// Ends the guard. The quarantine is emptied. Allocations with red zones or pages of their own keep them until they
    /// are freed. On an arena that is not guarded, the call does nothing.
    /// </summary>
    /// <remarks>Call it where <see cref="Attach(IAllocationObserver)"/> is allowed.</remarks>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public void DetachGuard()
    {
        lock (_observing)
        {
            ThrowIfDisposed();
            if (_guard is not null)
                FollowGuard(null);
        }
    }

    /// <summary>
    /// Verifies all red zones, and all freed memory that was filled, of every allocator on this arena.
    /// </summary>
    /// <remarks>
    /// Call it where <see cref="Attach(IAllocationObserver)"/> is allowed: outside of single-threaded allocators, on
    /// their thread or between frames. Other threads may be inside shared heaps and shared pools. Without
    /// <see cref="GuardOptions.Poison"/> and <see cref="GuardOptions.RedZoneBytes"/> there is nothing to look at.
    /// </remarks>
    /// <exception cref="MemoryCorruptionException">
    /// Memory was corrupted; the message describes the first damage and counts the others. Nothing was changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public void Verify()
    {
        var count = 0;
        MemoryCorruptionException? first = null;
        foreach (var allocator in Allocators())
        {
            var damage = allocator.VerifyAsVisitor(ref count);
            first ??= damage;
        }
        if (first is not null)
            throw NotifyFailed(count == 1 ? first : first.WithMore(count - 1));
    }

    /// <summary>
    /// Returns the pairs of lines in different folders of which one freed what the other allocated, the most frequent
    /// first, since a guard with <see cref="GuardOptions.CountForeignFrees"/> was attached; none without it. Frees
    /// without a known line, as those of Clear, are not counted.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public IReadOnlyList<ForeignFree> ForeignFrees()
    {
        ThrowIfDisposed();
        return Volatile.Read(ref _guard)?.FreeCounts?.Foreign() ?? [];
    }

    /// <summary>
    /// Returns the pairs of lines under different tags of which one freed what the other allocated, the most frequent
    /// first, since a guard with <see cref="GuardOptions.CountForeignFrees"/> was attached; none without it. An
    /// allocation has the tag of its allocator, or the one that was current; a free has the current one. Frees without
    /// a tag on both sides are not counted.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public IReadOnlyList<ForeignFree> ForeignFreesByTag()
    {
        ThrowIfDisposed();
        return Volatile.Read(ref _guard)?.FreeCounts?.ForeignByTag() ?? [];
    }

    /// <summary>Returns whether bytes lie in lent pages that have storage.</summary>
    internal bool HasStorage(nuint address, nuint byteCount)
    {
        var offset = OffsetOf((void*)address);
        lock (_lock)
        {
            if (_disposed || offset >= KnownBytes || offset + byteCount > KnownBytes)
                return false;
            var (first, end) = (PageOf(offset), PageOf(offset + byteCount - 1) + 1);
            return _map.Lent.FirstClear(first, end) >= end && _map.Committed.FirstClear(first, end) >= end;
        }
    }

    /// <summary>Under the lock, so that no page loses its storage meanwhile.</summary>
    internal nuint FindPoisonDamage(Block block)
    {
        const nuint step = 1 << 21;
        var end = (nuint)block.Address + block.ByteCount;
        for (var from = (nuint)block.Address; from < end; from += step)
        {
            lock (_lock)
            {
                if (_disposed || _guard?.Poison is not { } poison)
                    return 0;
                var damage = poison.FindDamage(from, nuint.Min(from + step, end), forgets: false);
                if (damage != 0)
                    return damage;
            }
        }
        return 0;
    }

    /// <summary>Lets the allocators count their allocations, or no longer.</summary>
    internal void FollowWindow(ArenaGuard guard, bool isOpen)
    {
        lock (_observing)
        {
            int count;
            lock (_lock)
            {
                if (_disposed || _guard != guard)
                    return;
                count = _owners.CopyTo(ref _sampled);
            }
            for (var i = 0; i < count; i++)
                _sampled[i]!.FollowWindow(isOpen);
            Array.Clear(_sampled);
        }
    }

    private void FollowGuard(ArenaGuard? guard)
    {
        _guard?.EndWindows();
        guard?.BeginWindows();
        Allocator[] allocators;
        lock (_lock)
        {
            Volatile.Write(ref _guard, guard);
            allocators = _owners.YoungestFirst();
        }
        foreach (var allocator in allocators)
        {
            allocator.FollowGuard();
            allocator.Observe(_observers);
        }
    }

    /// <summary>
    /// Names an allocator with allocations of a guard that was detached; null if there is none. A guard whose
    /// allocations were freed since then goes.
    /// </summary>
    internal string? LingeringGuard()
    {
        foreach (var allocator in Allocators())
        {
            if (allocator.Guard is { IsDetached: true })
                allocator.FollowGuard();
            if (allocator.Guard is not null)
                return $", and {allocator.Label} has allocations of its guard";
        }
        return null;
    }

    // Makes the guard, before anything is allocated.
    private ArenaGuard? MakeGuard(PageArenaOptions options)
    {
        // The bytes of a freed slot on a shared page may belong to a live one, so no poison may be written there. The
        // variable is ignored, because it must not make a program fail.
        if (options.SharePages)
            return null;
        var guard = GuardVariable.Fill(options.Guard);
        if (guard is null or { IsOff: true })
            return null;
        try
        {
            return Begin(guard);
        }
        catch (ArgumentException failure) when (options.Guard?.CrashReportPath is null)
        {
            // The path came from the variable, which never stops a program.
            GuardVariable.ReportOnce(failure.Message);
            return Begin(guard with { CrashReportPath = null });
        }
    }

    private ArenaGuard Begin(GuardOptions options)
    {
        var guard = new ArenaGuard(this, options);
        guard.BeginWindows();
        return guard;
    }
}
