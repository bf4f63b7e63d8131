using System.Collections.Concurrent;

namespace Arena.Tests.Threads;

/// <summary>Threads that all run the same, each with a number.</summary>
internal static class ThreadCrew
{
    /// <summary>Runs them to their ends; whatever fails in one of them fails the test.</summary>
    public static void Run(int count, Action<int> body)
    {
        var failures = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                body(number);
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Empty(failures);
    }
}
