using System.Runtime.ExceptionServices;

namespace GameLoop.Workers;

/// <summary>
/// A thread that does one thing on request: a step. Requesting, stepping and waiting make no managed objects. The
/// semaphores order memory: between <see cref="Await"/> and <see cref="Begin"/> what it works on is the caller's.
/// </summary>
internal sealed class StepWorker : IDisposable
{
    private readonly Action _step;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _stepped = new(0);
    private ExceptionDispatchInfo? _failure;
    private bool _isEnding;

    public StepWorker(Action step, string name)
    {
        _step = step;
        // In the background, so that a step that never ends does not keep the process alive.
        _thread = new Thread(Work) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Managed bytes that the thread made until its last step ended. For the time between steps.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Lets the thread step once.</summary>
    public void Begin() => _begun.Release();

    /// <summary>Waits until the step has ended, even if it failed.</summary>
    public void Await() => _stepped.Wait();

    /// <summary>Rethrows what a step threw, if it did.</summary>
    public void ThrowIfFailed() => _failure?.Throw();

    /// <summary>Ends the thread after its current step, and waits for that. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        if (_isEnding)
            return;
        _isEnding = true;
        _begun.Release();
        _thread.Join();
        _begun.Dispose();
        _stepped.Dispose();
    }

    private void Work()
    {
        for (_begun.Wait(); !_isEnding; _begun.Wait())
        {
            try
            {
                _step();
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
            _stepped.Release();
        }
    }
}
