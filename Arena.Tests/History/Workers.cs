using Arena.Tests.Threads;

namespace Arena.Tests.History;

/// <summary>Threads that work one at a time, while the caller waits: moments in between are quiet points.</summary>
internal sealed class Workers : IDisposable
{
    private readonly OtherThread[] _workers;

    public Workers(int count) => _workers = [.. Enumerable.Range(0, count).Select(_ => new OtherThread())];

    /// <summary>Runs work on a worker, or on the calling thread for a number behind the last one.</summary>
    public ulong Run(int worker, Func<ulong> work) =>
        worker >= _workers.Length ? work() : _workers[worker].Call(work);

    public void Dispose() => Array.ForEach(_workers, worker => worker.Dispose());
}
