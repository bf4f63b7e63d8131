using Arena.Os;

namespace Arena;

/// <summary>
/// The pages of an arena that show the storage of another page. It is called under the arena's lock.
/// <code>
/// addresses   | page 4 | page 5 | page 6 | page 7 |          after page 6 shares the storage of page 4
///                 |        |        |        |
/// storage     |   4    |   5    |   4    |   7    |          6 has none of its own and is not counted
/// </code>
/// </summary>
/// <remarks>
/// The page whose storage is shared is the <em>host</em>, the others are its <em>guests</em>. The owner of the pages
/// knows their contents; this class knows only the mappings, and counts them. If the system refuses to show a page's
/// own storage again, the page stays a guest that no owner knows of; that is tried again before the page is lent.
/// </remarks>
internal sealed unsafe class PageSharing(
    StorageFile file, PageMap map, PageAccess access, ArenaMappings mappings, byte* firstPage, int pageShift)
{
    private readonly Dictionary<int, int> _hosts = [];

    /// <summary>The number of pages that show the storage of another.</summary>
    public int GuestCount => _hosts.Count;

    /// <summary>The pages that show the storage of another, in no order.</summary>
    public IEnumerable<int> Guests => _hosts.Keys;

    private nuint PageBytes => (nuint)1 << pageShift;

    /// <summary>Returns the page whose storage a page shows.</summary>
    public int HostOf(int page) => _hosts.TryGetValue(page, out var host) ? host : page;

    /// <summary>Returns whether a page begins a mapping because of the storage that it shows.</summary>
    public bool Breaks(int page) => _hosts.Count != 0 && HostOf(page - 1) + 1 != HostOf(page);

    /// <summary>
    /// Lets pages side by side show the storage of as many hosts side by side: they are one mapping. Returns null, or
    /// why it cannot.
    /// </summary>
    public string? Share(int firstGuest, int firstHost, int count)
    {
        var end = firstGuest + count;
        var borders = access.Borders(firstGuest, end);
        for (var page = firstGuest; page < end; page++)
            _hosts[page] = firstHost + page - firstGuest;
        var more = access.Borders(firstGuest, end) - borders;
        var why = more > 0 && !mappings.PermitsSharing(more) ? mappings.WhyNoMore : null;
        if (why is null && Show(firstGuest, firstHost, count) is { Failed: true } error)
            why = error.ToString();
        if (why is null)
            mappings.AddPageBorders(more);
        for (var page = firstGuest; page < end && why is not null; page++)
            _hosts.Remove(page);
        return why;
    }

    /// <summary>
    /// Gives a guest its own storage again, with the contents that it shows. Returns null, or why it cannot. The
    /// storage was counted before.
    /// </summary>
    public string? Part(int guest)
    {
        var error = file.Write(Offset(guest), Address(guest), PageBytes);
        if (error.Failed)
            return error.ToString();
        error = ShowOwn(guest);
        return error.Failed ? error.ToString() : null;
    }

    /// <summary>Lets a guest show its own storage again, whatever that holds.</summary>
    public OsError ShowOwn(int guest)
    {
        if (!_hosts.TryGetValue(guest, out var host))
            return OsError.None;
        var error = Show(guest, guest, 1);
        if (error.Failed)
            return error;
        var borders = access.Borders(guest, guest + 1);
        _hosts.Remove(guest);
        mappings.AddPageBorders(access.Borders(guest, guest + 1) - borders);
        return error;
    }

    /// <summary>Lets all pages in [first, end) show their own storage. Returns null, or why one cannot.</summary>
    public string? ShowOwn(int first, int end)
    {
        if (_hosts.Count == 0)
            return null;
        string? why = null;
        for (var page = first; page < end; page++)
        {
            if (ShowOwn(page) is { Failed: true } error)
                why = error.ToString();
        }
        return why;
    }

    /// <summary>Tries again to show the own storage of pages that are in no block.</summary>
    public void ShowOwnOfFree()
    {
        foreach (var guest in _hosts.Keys)
        {
            if (!map.Lent[guest])
                _ = ShowOwn(guest);
        }
    }

    private nuint Offset(int page) => (nuint)page << pageShift;

    private byte* Address(int page) => firstPage + Offset(page);

    private OsError Show(int page, int storage, int count) =>
        file.Show(Offset(storage), Address(page), (nuint)count << pageShift, map.Accessible[page]);
}
