namespace Arena.Pools;

/// <summary>
/// How often each thread entered an allocator, by the thread's number: a Debug build's check of a quiet point that a
/// caller declares. Two threads whose numbers differ by a multiple of 256 count as one.
/// </summary>
internal sealed class ThreadEntries
{
    private const int Threads = 256;

    private readonly long[] _counts = new long[Threads];

    private static int Own => Environment.CurrentManagedThreadId % Threads;

    /// <summary>In a Debug build; else null.</summary>
    public static ThreadEntries? InDebug()
    {
#if DEBUG
        return new ThreadEntries();
#else
        return null;
#endif
    }

    /// <summary>The calling thread enters.</summary>
    public void Count() => Interlocked.Increment(ref _counts[Own]);

    /// <summary>How often all others did.</summary>
    public long CountOthers()
    {
        var count = -Volatile.Read(ref _counts[Own]);
        for (var i = 0; i < Threads; i++)
            count += Volatile.Read(ref _counts[i]);
        return count;
    }
}
