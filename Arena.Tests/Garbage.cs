namespace Arena.Tests;

/// <summary>
/// Managed bytes that an action makes on this thread. The least of a few runs: a collection that another thread causes
/// in between takes the rest of this thread's allocation buffer, which then counts as allocated.
/// </summary>
internal static class Garbage
{
    private const int Runs = 5;

    public static long Of(Action action) => Of(() => { }, action);

    /// <param name="prepare">Done before each run and not counted.</param>
    /// <param name="action">Done once before it is counted.</param>
    public static long Of(Action prepare, Action action)
    {
        prepare();
        action();
        var least = long.MaxValue;
        for (var run = 0; run < Runs && least != 0; run++)
        {
            prepare();
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
