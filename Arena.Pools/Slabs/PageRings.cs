namespace Arena.Pools;

/// <summary>
/// The pages of one slab that share storage. All pages on one page of storage form a ring: the host, then its guests.
/// <code>
/// page      4      5      6      7      8
/// host      4      -      4      -      4         the storage of page 4 is shown by 4, 6 and 8
/// next      6      -      8      -      4
/// </code>
/// </summary>
internal sealed class PageRings
{
    private const int None = -1;

    private readonly int[] _hosts;
    private readonly int[] _next;
    private readonly short[] _guests;

    public PageRings(int pageCount)
    {
        _hosts = new int[pageCount];
        _next = new int[pageCount];
        _guests = new short[pageCount];
        Array.Fill(_hosts, None);
    }

    public int PageCount => _hosts.Length;

    public int GuestCount { get; private set; }

    public bool IsShared(int page) => _hosts[page] != None;

    public bool IsGuest(int page) => _hosts[page] != None && _hosts[page] != page;

    public bool IsHost(int page) => _hosts[page] == page;

    public int HostOf(int page) => _hosts[page];

    public int GuestsOf(int host) => _guests[host];

    public int Next(int page) => _next[page];

    public void Join(int guest, int host)
    {
        if (_hosts[host] == None)
        {
            _hosts[host] = host;
            _next[host] = host;
        }
        _hosts[guest] = host;
        _next[guest] = _next[host];
        _next[host] = guest;
        GuestCount++;
        _guests[host]++;
    }

    /// <summary>Removes a guest; its host is an ordinary page again if it was the last one.</summary>
    /// <returns>The host if it has no guests now, or -1.</returns>
    public int Leave(int guest)
    {
        var host = _hosts[guest];
        var before = host;
        while (_next[before] != guest)
            before = _next[before];
        _next[before] = _next[guest];
        _hosts[guest] = None;
        GuestCount--;
        _guests[host]--;
        if (_next[host] != host)
            return None;
        _hosts[host] = None;
        return host;
    }

    /// <summary>Returns the last guest before a page, or -1.</summary>
    public int LastGuestBefore(int page)
    {
        do
            page--;
        while (page >= 0 && !IsGuest(page));
        return page;
    }
}
