namespace GameLoop.Workers;

/// <summary>
/// Threads that do a job together: a number of chunks, which they take one by one until none is left. The caller is
/// one of them. A job makes no managed objects. For use by one thread.
/// </summary>
/// <remarks>
/// <code>
///   chunks    0   1   2   3   4   5   6   7
///   caller    0       2           5       7       whoever is free takes the next;
///   worker 1      1       3   4       6           the job returns when all are done
/// </code>
/// </remarks>
internal sealed class JobCrew : IDisposable
{
    private readonly List<StepWorker> _workers = [];
    private Action<int>? _job;
    private int _taken;
    private int _chunks;

    /// <param name="threads">The threads, the caller's included.</param>
    public JobCrew(int threads)
    {
        for (var worker = 1; worker < threads; worker++)
        {
            var number = worker;
            _workers.Add(new StepWorker(() => _job!(number), $"worker {number}"));
        }
    }

    /// <summary>The threads, the caller's included.</summary>
    public int Threads => _workers.Count + 1;

    /// <summary>Managed bytes made by threads other than the caller's.</summary>
    public long WorkerBytes => _workers.Sum(static worker => worker.AllocatedBytes);

    /// <summary>Does a job; returns when all threads have done their part.</summary>
    /// <param name="chunks">Its chunks.</param>
    /// <param name="job">Called once on each thread, with its number; it is to call <see cref="TryTake"/>.</param>
    /// <exception cref="Exception">The job threw it on one of the threads.</exception>
    public void Do(int chunks, Action<int> job)
    {
        (_job, _chunks, _taken) = (job, chunks, 0);
        foreach (var worker in _workers)
            worker.Begin();
        try
        {
            job(0);
        }
        finally
        {
            foreach (var worker in _workers)
                worker.Await();
        }
        foreach (var worker in _workers)
            worker.ThrowIfFailed();
    }

    /// <summary>Takes the next chunk, or returns false when none is left.</summary>
    public bool TryTake(out int chunk)
    {
        chunk = Interlocked.Increment(ref _taken) - 1;
        return chunk < _chunks;
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Dispose();
    }
}
