using System.Runtime.ExceptionServices;

namespace Arena.Tests.History;

/// <summary>Threads that work one at a time, while the caller waits: every moment in between is a quiet point.</summary>
internal sealed class Workers : IDisposable
{
    private readonly Worker[] _workers;

    public Workers(int count) => _workers = [.. Enumerable.Range(0, count).Select(_ => new Worker())];

    /// <summary>Runs work on a worker, or on the calling thread for a number behind the last one.</summary>
    public ulong Run(int worker, Func<ulong> work) =>
        worker >= _workers.Length ? work() : _workers[worker].Run(work);

    public void Dispose() => Array.ForEach(_workers, worker => worker.Dispose());

    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim _begin = new(0);
        private readonly SemaphoreSlim _end = new(0);
        private readonly Thread _thread;
        private Func<ulong>? _work;
        private ulong _result;
        private Exception? _failure;

        public Worker()
        {
            _thread = new Thread(Work) { IsBackground = true };
            _thread.Start();
        }

        public ulong Run(Func<ulong> work)
        {
            (_work, _failure) = (work, null);
            _begin.Release();
            _end.Wait();
            if (_failure is not null)
                ExceptionDispatchInfo.Throw(_failure);
            return _result;
        }

        public void Dispose()
        {
            _work = null;
            _begin.Release();
            _thread.Join();
            _begin.Dispose();
            _end.Dispose();
        }

        private void Work()
        {
            while (true)
            {
                _begin.Wait();
                if (_work is null)
                    return;
                try
                {
                    _result = _work();
                }
                catch (Exception failure)
                {
                    _failure = failure;
                }
                _end.Release();
            }
        }
    }
}
