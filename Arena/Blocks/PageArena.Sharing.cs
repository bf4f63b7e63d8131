using System.Diagnostics;
using Arena.Os;

namespace Arena;

// Pages of one owner that show one page of storage.
public sealed unsafe partial class PageArena
{
    private readonly PageSharing? _sharing;

    /// <summary>True if it was made with <see cref="PageArenaOptions.SharePages"/>.</summary>
    internal bool SharesPages => _sharing is not null;

    /// <summary>The number of pages that show the storage of another.</summary>
    internal int SharedPageCount
    {
        get
        {
            lock (_lock)
                return _sharing?.GuestCount ?? 0;
        }
    }

    /// <summary>Returns the addresses of the pages that show the storage of another, in order.</summary>
    internal nuint[] SharedPages()
    {
        lock (_lock)
            return _sharing is null ? [] : [.. _sharing.Guests.Order().Select(page => (nuint)PageAddress(page))];
    }

    /// <summary>The bytes of storage that the system keeps for its pages; -1 if the storage is not a file.</summary>
    internal long FileBytes =>
        _memory is FileBackedMemory backed && !backed.File.Measure(out var byteCount).Failed ? (long)byteCount : -1;

    /// <summary>
    /// Lets pages side by side show the storage of as many other pages of their block. Their live contents were copied
    /// there before. Their own storage stays until <see cref="GiveBackGuests"/>.
    /// </summary>
    /// <param name="guests">Committed pages that show their own storage, and that no page shares.</param>
    /// <param name="hosts">Other committed pages of the owner that show their own storage.</param>
    /// <param name="byteCount">The bytes of the guests, and of the hosts.</param>
    /// <param name="owner">The owner of both.</param>
    /// <returns>Null, or the reason why it cannot; then nothing was changed.</returns>
    internal string? SharePages(void* guests, void* hosts, nuint byteCount, ushort owner)
    {
        using var cold = Cold();
        lock (_lock)
        {
            ThrowIfDisposed();
            var (first, end) = PagesOf(guests, byteCount, owner);
            var (firstHost, hostEnd) = PagesOf(hosts, byteCount, owner);
            Debug.Assert(end <= firstHost || hostEnd <= first, "no page is its own host");
            Debug.Assert(_map.Committed.FirstClear(first, end) == end, "guests have storage");
            Debug.Assert(_map.Committed.FirstClear(firstHost, hostEnd) == hostEnd, "hosts have storage");
            return _sharing!.Share(first, firstHost, end - first);
        }
    }

    /// <summary>
    /// Gives the own storage of guests that lie side by side back to the OS, in one call: it takes an eighth of the
    /// time that a call for each does. Storage that the OS refuses to take stays counted.
    /// </summary>
    /// <returns>Bytes given back.</returns>
    internal nuint GiveBackGuests(void* firstGuest, nuint byteCount, ushort owner)
    {
        using var cold = Cold();
        lock (_lock)
        {
            ThrowIfDisposed();
            var (first, end) = PagesOf(firstGuest, byteCount, owner);
            return GiveBackStorage(first, end);
        }
    }

    /// <summary>
    /// Gives a guest storage of its own, with the contents that it shows. Returns null, or why it cannot.
    /// </summary>
    internal string? PartPage(void* guest, ushort owner)
    {
        using var cold = Cold();
        lock (_lock)
        {
            ThrowIfDisposed();
            var (page, end) = PagesOf(guest, _pageBytes, owner);
            var wasCounted = _map.Committed[page];
            if (_storage.Count(page, end, _lentBytes) is { } why)
                return why;
            why = _sharing!.Part(page);
            if (why is null)
            {
                _lentBytes += wasCounted ? 0 : _pageBytes;
                return null;
            }
            if (!wasCounted)
                _storage.Decommit(page, end);
            _lentBytes += !wasCounted && _map.Committed[page] ? _pageBytes : 0;
            return why;
        }
    }

    /// <summary>
    /// Lets pages of a block without live contents show their own storage, whatever it holds. If the OS refuses, that
    /// is tried again before the page is used.
    /// </summary>
    internal void ShowOwnPages(void* address, nuint byteCount, ushort owner)
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            var (first, end) = PagesOf(address, byteCount, owner);
            _ = _sharing!.ShowOwn(first, end);
        }
    }

    private static void CheckSharing(PageArenaOptions options, VirtualMemory memory)
    {
        if (options.SharePages && !memory.HasFiles)
        {
            throw new PlatformNotSupportedException(
                $"Arena '{options.Name}': SharePages needs Linux; this operating system cannot show one page of "
                + "storage at several addresses in this way. Leave it off.");
        }
    }

    private PageSharing? MakeSharing()
    {
        if (_memory is not FileBackedMemory backed)
            return null;
        // The file lies between the tables and the end of the reservation.
        _mappings.AddPageBorders(2);
        return _access.Sharing = new PageSharing(backed.File, _map, _access, _mappings, _base, _pageShift);
    }

    private ArenaOutOfMemoryException NotMade(OsError error)
    {
        _ = _memory.Release(_reservation, _reservationBytes);
        _mappings.Release();
        return new ArenaOutOfMemoryException(
            $"Arena '{Name}' cannot make the storage of {ReservedBytes} bytes that its pages share: {error}.",
            ReservedBytes);
    }

    // Maps the file behind the pages; they are not accessible at first.
    private OsError ShowFile(byte* firstPage, ref VirtualMemory memory)
    {
        var error = memory.CreateFile(ReservedBytes, out var file);
        if (error.Failed)
            return error;
        error = file!.Show(0, firstPage, ReservedBytes, isAccessible: false);
        if (error.Failed)
            file.Close();
        else
            memory = new FileBackedMemory(memory, file, firstPage, ReservedBytes);
        return error;
    }
}
