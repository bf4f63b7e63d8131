using Arena.Os;

namespace Arena;

// The calls of a history. It holds the arena's lock while it looks at pages, so that other threads may go on lending
// and trimming.
public sealed unsafe partial class PageArena
{
    private object? _history;

    /// <summary>The lock without which no page is lent, taken back or trimmed, for a history.</summary>
    internal Lock PagesLock => _lock;

    /// <summary>The tables of pages, for a history.</summary>
    internal PageMap Map => _map;

    /// <summary>True if there may be guard pages behind blocks, for a history.</summary>
    internal bool HasGuardPages => _options.GuardPages;

    /// <summary>Returns whether every page that has a part of some bytes of the arena has storage.</summary>
    internal bool HasStorage(void* address, nuint byteCount)
    {
        lock (_lock)
        {
            var first = OffsetOf(address) >> _pageShift;
            var end = (OffsetOf(address) + byteCount + _pageBytes - 1) >> _pageShift;
            return end <= (nuint)_map.KnownPages
                && _map.Committed.CountSet((int)first, (int)end) == (int)(end - first);
        }
    }

    /// <summary>True if observers are attached.</summary>
    internal bool IsObserved => _observers.Length != 0;

    /// <summary>The allocator of blocks that were lent to the user.</summary>
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

    /// <summary>Unregisters the history.</summary>
    internal void LeaveHistory(object history) => Interlocked.CompareExchange(ref _history, null, history);

    /// <summary>Copies the owners of all tokens.</summary>
    internal void SaveOwners(OwnerRegistry.Snapshot owners)
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            _owners.Save(owners);
        }
    }

    /// <summary>
    /// Gives storage to every page that had some in the images. Returns null, or why it cannot; then nothing has
    /// changed.
    /// </summary>
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

    /// <summary>Saves or restores the state outside the tables.</summary>
    internal void KeepState(StateStream state)
    {
        _map.KeepState(state);
        _storage.KeepState(state);
        Handles.KeepState(state);
        HeapNumbers.KeepState(state);
        if (state.IsRestoring)
            Volatile.Write(ref _lentBytes, (nuint)_map.CountLentPages() << _pageShift);
    }

    /// <summary>Restores the owners of all tokens.</summary>
    internal void RestoreOwners(OwnerRegistry.Snapshot owners) => _owners.Restore(owners);

    /// <summary>Attaches its observers to an allocator that came back.</summary>
    internal void ObserveAgain(Allocator allocator) => allocator.Observe(_observers);
}
