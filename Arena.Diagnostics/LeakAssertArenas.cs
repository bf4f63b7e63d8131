namespace Arena.Diagnostics;

/// <summary>The arenas that a <see cref="LeakAssert"/> watches: the given one, or all that this thread made.</summary>
internal sealed class LeakAssertArenas
{
    private const int NamesShown = 5;

    private readonly PageArena? _given;
    private readonly long _madeAtStart = PageArena.MadeByThisThreadCount;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private Allocator?[] _scratch = [];

    public LeakAssertArenas(PageArena? given)
    {
        if (given is { IsDisposed: true })
            Throw.Disposed("arena", given.Name);
        _given = given;
    }

    /// <summary>True if there ever was one, if only during an iteration.</summary>
    public bool HaveBeen => _names.Count > 0 || PageArena.MadeByThisThreadCount > _madeAtStart;

    /// <summary>Returns the arenas that exist now.</summary>
    public PageArena[] Present() => _given is null ? PageArena.MadeByThisThread() : [_given];

    public double ReadLiveBytes()
    {
        double bytes = 0;
        foreach (var arena in Present())
        {
            _names.Add(arena.Name);
            bytes += Read(arena);
        }
        return bytes;
    }

    /// <summary>The arenas' names, as the object of a sentence.</summary>
    public override string ToString() => _names.Count switch
    {
        0 => "arenas that end with each of them",
        1 => $"arena '{_names.Single()}'",
        <= NamesShown => $"arenas {string.Join(", ", _names.Select(name => $"'{name}'"))}",
        _ => $"{_names.Count} arenas",
    };

    private double Read(PageArena arena)
    {
        try
        {
            return arena.CountLive(ref _scratch).Bytes;
        }
        catch (ObjectDisposedException) when (_given is null)
        {
            // Another thread has just disposed it.
            return 0;
        }
    }
}
