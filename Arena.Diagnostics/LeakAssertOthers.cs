namespace Arena.Diagnostics;

/// <summary>
/// The arenas that other threads made, beside those that a <see cref="LeakAssert"/> watches. Their threads may use them
/// meanwhile, but growth by the same number of bytes in each of many iterations comes from the action.
/// </summary>
internal sealed class LeakAssertOthers
{
    private const int Unknown = -1;

    private readonly PageArena[] _arenas = PageArena.MadeByOtherThreads();
    private readonly int _iterations;
    private readonly long[] _first;

    // The last iterations, a row for each arena. Reading many arenas after every iteration would take long.
    private readonly long[,] _last;
    private Allocator?[] _scratch = [];

    public LeakAssertOthers(int iterations)
    {
        _iterations = iterations;
        _first = new long[_arenas.Length];
        _last = new long[_arenas.Length, LeakAssert.FewestIterations];
    }

    public void Read(int iteration)
    {
        var column = iteration - (_iterations - LeakAssert.FewestIterations);
        if (iteration > 0 && column < 0)
            return;
        for (var number = 0; number < _arenas.Length; number++)
        {
            var bytes = Read(_arenas[number]);
            if (iteration == 0)
                _first[number] = bytes;
            if (column >= 0)
                _last[number, column] = bytes;
        }
    }

    /// <summary>Finds the first arena that grew by the same number of bytes each time; null if none did.</summary>
    public (PageArena Arena, long Bytes)? FindGrowth()
    {
        for (var number = 0; number < _arenas.Length; number++)
        {
            var bytes = _last[number, 1] - _last[number, 0];
            if (bytes > 0 && GrewBy(bytes, number))
                return (_arenas[number], bytes);
        }
        return null;
    }

    private bool GrewBy(long bytes, int number)
    {
        for (var column = 1; column < LeakAssert.FewestIterations; column++)
        {
            if (_last[number, column - 1] == Unknown || _last[number, column] - _last[number, column - 1] != bytes)
                return false;
        }
        var sum = _last[number, LeakAssert.FewestIterations - 1] - _first[number];
        return _first[number] != Unknown && sum == bytes * (_iterations - 1);
    }

    private long Read(PageArena arena)
    {
        try
        {
            return arena.IsDisposed ? Unknown : (long)arena.CountLive(ref _scratch).Bytes;
        }
        catch (ObjectDisposedException)
        {
            return Unknown;
        }
    }
}
