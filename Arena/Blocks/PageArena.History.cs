using Arena.Os;

namespace Arena;

// What a history of the arena uses. It holds the arena's lock while it looks at pages, so that other threads may go on
// to lend and to trim.
public sealed unsafe partial class PageArena
{
    private object? _history;

    /// <summary>For a history: nothing is lent, taken back or trimmed by who does not hold it.</summary>
    internal Lock PagesLock => _lock;

    /// <summary>For a history: what is known of pages.</summary>
    internal PageMap Map => _map;

    /// <summary>For a history: whether pages may lie behind blocks that cannot be touched.</summary>
    internal bool HasGuardPages => _options.GuardPages;

    /// <summary>Whether observers are attached.</summary>
    internal bool IsObserved => _observers.Length != 0;

    /// <summary>Its own blocks, as an allocator's.</summary>
    internal Allocator BlocksOfUser => _lentBlocks;

    /// <summary>For a history: whether the system may note which pages are written.</summary>
    internal bool CanTrackWrites => _memory.TracksWrites;

    /// <summary>For a history: begins to note which pages are written; null, or why that cannot be.</summary>
    internal string? TrackWrites(out WriteTracker? tracker)
    {
        tracker = null;
        var error = _memory.TrackWrites(_reservation, _reservationBytes, out tracker);
        return error.Failed ? error.ToString() : null;
    }

    /// <summary>For a history: who is notified of pages that lose their contents.</summary>
    internal void NotifyOfClosedPages(Action<int, int>? listener) => _access.Closed = listener;

    /// <summary>Raised when a history took the arena to another frame; says which.</summary>
    internal event Action<string>? WentBack;

    internal void NotifyWentBack(string what) => WentBack?.Invoke(what);

    internal bool HasHistory => Volatile.Read(ref _history) is not null;

    /// <summary>Makes the one history that an arena can have known to it.</summary>
    internal void TakeHistory(object history) => Volatile.Write(ref _history, history);

    /// <summary>The history has gone.</summary>
    internal void LeaveHistory(object history) => Interlocked.CompareExchange(ref _history, null, history);

    /// <summary>Copies who has which token.</summary>
    internal void SaveOwners(OwnerRegistry.Snapshot owners)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            _owners.Save(owners);
        }
    }

    /// <summary>Gives every page its storage that had some; null, or why it cannot: nothing has changed.</summary>
    internal string? OpenPagesAsIn(IPageImages images)
    {
        ThrowIfDisposed();
        return _storage.OpenAsIn(images);
    }

    /// <summary>Commits the tables for pages that are about to be restored; null, or why it cannot.</summary>
    internal string? GrowTables(int pages) => _storage.GrowTables(Math.Min(pages, _pageCount));

    /// <summary>
    /// Restores what is known of pages. Those that had no storage lose it, unless this is only a look.
    /// </summary>
    internal void RestoreTables(IPageImages images, bool isLook)
    {
        var refused = isLook ? null : _storage.CloseAsIn(images);
        _map.Restore(images);
        foreach (var (first, end) in refused ?? [])
            _map.Committed.Set(first, end - first);
    }

    /// <summary>Saves or restores what is not in the tables.</summary>
    internal void KeepState(StateStream state)
    {
        _map.KeepState(state);
        _storage.KeepState(state);
        Handles.KeepState(state);
        if (state.IsRestoring)
            Volatile.Write(ref _lentBytes, (nuint)_map.CountLentPages() << _pageShift);
    }

    /// <summary>Restores who has which token.</summary>
    internal void RestoreOwners(OwnerRegistry.Snapshot owners) => _owners.Restore(owners);

    /// <summary>Lets its observers watch an allocator that came back.</summary>
    internal void ObserveAgain(Allocator allocator) => allocator.Observe(_observers);
}
