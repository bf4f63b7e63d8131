using Arena.Bench.Machine;

namespace Arena.Bench.Workloads;

/// <summary>
/// One worker's part of larson's blocks, on which one thread works after another: each does a batch, starts the next
/// thread and ends. The C loops do the same.
/// </summary>
internal sealed class LarsonSlice : IDisposable
{
    private readonly SemaphoreSlim _begin = new(0);
    private readonly SemaphoreSlim _end = new(0);
    private readonly int _number;
    private readonly Func<LarsonSlice, ulong> _batch;
    private Thread? _thread;
    private long _batches;
    private ulong _sum;

    public LarsonSlice(int number, Xorshift random, Func<LarsonSlice, ulong> batch)
    {
        _number = number;
        _batch = batch;
        Random = random;
        Start();
        _end.Wait();
    }

    /// <summary>The random numbers, whose state passes from thread to thread.</summary>
    public Xorshift Random { get; set; }

    /// <summary>Lets the threads do this many batches, one each.</summary>
    public void Begin(long batches)
    {
        _batches = batches;
        _sum = 0;
        _begin.Release();
    }

    /// <summary>Waits for the last thread.</summary>
    public ulong Await()
    {
        _end.Wait();
        return _sum;
    }

    public void Dispose()
    {
        _batches = -1;
        _begin.Release();
        _thread!.Join();
        _begin.Dispose();
        _end.Dispose();
    }

    private void Start()
    {
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    // The thread of a run's last batch waits for the next run: so each batch is started by the thread before it.
    private void Work()
    {
        Core.PinWorker(_number);
        if (_batches > 0)
        {
            _sum = unchecked(_sum + _batch(this));
            _batches--;
        }
        if (_batches == 0)
        {
            _end.Release();
            _begin.Wait();
        }
        if (_batches > 0)
            Start();
    }
}
