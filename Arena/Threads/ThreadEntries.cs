namespace Arena.Pools;

/// <summary>
/// Counts how often each thread entered an allocator, by the thread's number, for the check of a declared quiet point
/// in Debug builds. Two threads whose numbers differ by a multiple of 256 count as one.
/// </summary>
internal sealed class ThreadEntries
{
    private const int Threads = 256;

    private readonly long[] _counts = new long[Threads];

    private static int Own => Environment.CurrentManagedThreadId % Threads;

    /// <summary>Returns a new one in a Debug build, and null otherwise.</summary>
    public static ThreadEntries? InDebug()
    {
#if DEBUG
        return new ThreadEntries();
#else
        return null;
#endif
    }

    /// <summary>Counts that the calling thread enters.</summary>
    public void Count() => Interlocked.Increment(ref _counts[Own]);

    /// <summary>Returns how often all other threads entered.</summary>
    public long CountOthers()
    {
        var count = -Volatile.Read(ref _counts[Own]);
        for (var i = 0; i < Threads; i++)
            count += Volatile.Read(ref _counts[i]);
        return count;
    }
}
