using System.Runtime.ExceptionServices;

namespace GameLoop.Measurement;

/// <summary>
/// A thread that steps one sector on request. Requesting, stepping and waiting make no managed
/// objects. The semaphores order memory: between <see cref="Await"/> and <see cref="Begin"/> the sector is the
/// caller's.
/// </summary>
internal sealed class SectorWorker : IDisposable
{
    private readonly Action _step;
    private readonly Thread _thread;
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _stepped = new(0);
    private ExceptionDispatchInfo? _failure;
    private bool _isEnding;

    public SectorWorker(Action step, string name)
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

    /// <summary>Ends the thread after its current step, and waits for that.</summary>
    public void Dispose()
    {
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
