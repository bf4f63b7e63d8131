namespace Arena.Diagnostics;

/// <summary>
/// Names every live allocation of an arena by file and line, from the moment it is attached until it is disposed;
/// in the Release build that shipped, while the game runs.
/// </summary>
/// <remarks>
/// What was allocated before is not guessed: it is not in the report. Attach and dispose where no other thread is
/// inside one of the arena's single-threaded allocators. Tracking itself is thread-safe and makes no garbage once a
/// line of source has been seen; it costs tens of nanoseconds an allocation, nothing while detached.
/// Frame memory dies together and is not tracked.
/// </remarks>
public sealed class LeakTracker : IAllocationObserver, IDisposable
{
    private readonly PageArena _arena;
    private readonly Lock _lock = new();
    private readonly LiveTable _live = new();
    private readonly SiteTable _sites = new();
    private readonly Dictionary<Allocator, int> _allocators = new(ReferenceEqualityComparer.Instance);
    private int _allocatorsSeen;
    private bool _disposed;

    private LeakTracker(PageArena arena) => _arena = arena;

    /// <summary>Starts to track every allocator of an arena, those that exist and those still to come.</summary>
    /// <exception cref="ObjectDisposedException">The arena was disposed.</exception>
    public static LeakTracker Attach(PageArena arena)
    {
        ArgumentNullException.ThrowIfNull(arena);
        var tracker = new LeakTracker(arena);
        try
        {
            arena.Attach(tracker);
        }
        catch
        {
            tracker.Dispose();
            throw;
        }
        return tracker;
    }

    /// <summary>What is alive now and was allocated since <see cref="Attach"/>.</summary>
    /// <exception cref="ObjectDisposedException">The tracker was disposed.</exception>
    public LeakReport Report()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var (counts, bytes) = SumBySite();
            var sites = Enumerable.Range(0, counts.Length)
                .Where(site => counts[site] != 0)
                .GroupBy(site => (_sites[site].File, _sites[site].Line, _sites[site].Member))
                .Select(same => new LeakSite
                {
                    File = same.Key.File,
                    Line = same.Key.Line,
                    Member = same.Key.Member,
                    Count = same.Sum(site => counts[site]),
                    Bytes = (nuint)same.Sum(site => (long)bytes[site]),
                })
                .OrderByDescending(site => site.Bytes)
                .ThenBy(site => site.File, StringComparer.Ordinal)
                .ThenBy(site => site.Line)
                .ToArray();
            return new LeakReport
            {
                LiveCount = _live.Count,
                LiveBytes = (nuint)sites.Sum(site => (long)site.Bytes),
                Sites = sites,
            };
        }
    }

    /// <summary>Stops tracking and forgets everything. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _arena.Detach(this);
        lock (_lock)
        {
            _disposed = true;
            _live.Dispose();
        }
    }

    void IAllocationObserver.Allocated(in AllocationEvent allocation)
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _live.Add(new LiveAllocation
            {
                Address = allocation.Address,
                ByteCount = allocation.ByteCount,
                Site = _sites.NumberOf(allocation.File, allocation.Line, allocation.Member),
                Allocator = NumberOf(allocation.Allocator),
            });
        }
    }

    void IAllocationObserver.Freed(Allocator allocator, nuint address)
    {
        lock (_lock)
        {
            if (!_disposed)
                _live.Remove(address);
        }
    }

    void IAllocationObserver.Cleared(Allocator allocator)
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _live.RemoveAll(NumberOf(allocator));
            // It may be gone for good; if it is not, it gets a new number.
            _allocators.Remove(allocator);
        }
    }

    private int NumberOf(Allocator allocator)
    {
        if (!_allocators.TryGetValue(allocator, out var number))
            _allocators.Add(allocator, number = _allocatorsSeen++);
        return number;
    }

    private (int[] Counts, nuint[] Bytes) SumBySite()
    {
        var counts = new int[_sites.Count];
        var bytes = new nuint[_sites.Count];
        foreach (ref readonly var allocation in _live.Places)
        {
            if (allocation.Address == 0)
                continue;
            counts[allocation.Site]++;
            bytes[allocation.Site] += allocation.ByteCount;
        }
        return (counts, bytes);
    }
}
