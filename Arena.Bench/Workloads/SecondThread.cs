using Arena.Bench.Machine;

namespace Arena.Bench.Workloads;

/// <summary>
/// A permanent thread that does its half of a run on request, as the C loops' second thread: a fresh one each time
/// would start with cold heaps.
/// </summary>
internal sealed class SecondThread : IDisposable
{
    private readonly SemaphoreSlim _begin = new(0);
    private readonly SemaphoreSlim _end = new(0);
    private readonly Func<long, ulong> _half;
    private readonly Thread _thread;
    private long _operations;
    private ulong _sum;

    public SecondThread(Func<long, ulong> half)
    {
        _half = half;
        _thread = new Thread(Work) { IsBackground = true, Name = "second half" };
        _thread.Start();
    }

    /// <summary>Runs both halves at once.</summary>
    public ulong Run(Func<long, ulong> firstHalf, long operations)
    {
        _operations = operations;
        _begin.Release();
        var sum = firstHalf(operations);
        _end.Wait();
        return sum + _sum;
    }

    public void Dispose()
    {
        _operations = -1;
        _begin.Release();
        _thread.Join();
        _begin.Dispose();
        _end.Dispose();
    }

    private void Work()
    {
        Core.PinSecond();
        while (true)
        {
            _begin.Wait();
            if (_operations < 0)
                return;
            _sum = _half(_operations);
            _end.Release();
        }
    }
}
