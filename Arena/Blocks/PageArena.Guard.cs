namespace Arena;

// Guards against corrupted memory: see Guard/.
public sealed unsafe partial class PageArena
{
    private ArenaGuard? _guard;

    /// <summary>
    /// What is guarded: the options of the program, filled from the environment variable <c>ARENA_GUARD</c>; null where
    /// nothing is.
    /// </summary>
    public GuardOptions? Guard => Volatile.Read(ref _guard)?.Options;

    /// <summary>The guard; null where nothing is guarded.</summary>
    internal ArenaGuard? GuardOfAll => Volatile.Read(ref _guard);

    /// <summary>
    /// Guards what is allocated from now on, in allocators that exist and those still to come. Pools that exist get no
    /// red zones: those need room that is given when a pool is made.
    /// </summary>
    /// <remarks>To be called where <see cref="Attach(IAllocationObserver)"/> may be.</remarks>
    /// <param name="options">What to guard. The environment variable is not asked.</param>
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
            if (_guard is not null || LingeringGuard() is not null)
            {
                throw new InvalidOperationException(
                    $"Arena '{Name}' is guarded already{LingeringGuard()}: call DetachGuard first, and free what was "
                    + "allocated under it with red zones or pages of its own.");
            }
            if (!options.IsOff)
                FollowGuard(new ArenaGuard(this, options));
        }
    }

    /// <summary>
    /// Ends the guard. What waits is given back; allocations with red zones or pages of their own keep them until they
    /// are freed. An arena that is not guarded is left alone.
    /// </summary>
    /// <remarks>To be called where <see cref="Attach(IAllocationObserver)"/> may be.</remarks>
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
    /// Looks at all red zones and at all freed memory that was filled, of every allocator on this arena, now.
    /// </summary>
    /// <remarks>
    /// To be called where <see cref="Attach(IAllocationObserver)"/> may be: outside of single-threaded allocators, on
    /// their thread or between frames. Other threads may be inside shared heaps and shared pools. Without
    /// <see cref="GuardOptions.Poison"/> and <see cref="GuardOptions.RedZoneBytes"/> there is nothing to look at.
    /// </remarks>
    /// <exception cref="MemoryCorruptionException">
    /// Memory was written by a stranger; the message counts further damaged places. Nothing was changed.
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
    /// What lines of one folder allocated and lines of another freed, the most frequent first, since the guard came
    /// with <see cref="GuardOptions.CountForeignFrees"/>; nothing without it. A free whose line is not known, as in
    /// Clear, is left out.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public IReadOnlyList<ForeignFree> ForeignFrees()
    {
        ThrowIfDisposed();
        return Volatile.Read(ref _guard)?.FreeCounts?.Foreign() ?? [];
    }

    /// <summary>Whether bytes lie in pages that are lent and have storage.</summary>
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

    private void FollowGuard(ArenaGuard? guard)
    {
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

    // Names an allocator that has allocations of a guard that was detached; null where there is none.
    private string? LingeringGuard() => Allocators().FirstOrDefault(allocator => allocator.Guard is not null) is { } its
        ? $", and {its.Label} has allocations of its guard"
        : null;

    // Before anything is allocated, and once it is known where.
    private ArenaGuard? MakeGuard(PageArenaOptions options)
    {
        // A freed slot of a shared page may be bytes of a live one: no poison may be written there. The variable does
        // not make a program that shares pages fail.
        if (options.SharePages)
            return null;
        var guard = GuardVariable.Fill(options.Guard);
        if (guard is null or { IsOff: true })
            return null;
        try
        {
            return new ArenaGuard(this, guard);
        }
        catch (ArgumentException failure) when (options.Guard?.CrashReportPath is null)
        {
            // The variable named that path, and a variable never stops a program.
            GuardVariable.ReportOnce(failure.Message);
            return new ArenaGuard(this, guard with { CrashReportPath = null });
        }
    }
}
