using System.Diagnostics.CodeAnalysis;

namespace Arena.Pools;

// A heap is for one thread; see ThreadGuard. The fast paths are closed by pointing them at the fast path of a disposed
// heap, while the slow paths go on with the magazines.
public sealed unsafe partial class Heap
{
    private ThreadGuard _guard;
    private bool _isFastClosed;

    private void Enter()
    {
        if (_guard.TryEnter())
        {
            if (!_guard.IsBroken || IsEnding)
                return;
            KeepFastPathsClosed();
            _guard.Leave();
        }
        ThrowShared();
    }

    private void Leave()
    {
        if (_guard.IsOutermost && _guard.KeepsClosed != _isFastClosed)
            KeepFastPathsClosed();
        _guard.Leave();
    }

    // Closes the fast paths again if a reason to is left, and opens them otherwise.
    private void KeepFastPathsClosed()
    {
        _isFastClosed = _guard.KeepsClosed;
        if (!IsDisposed)
            OpenFastPaths();
    }

    [DoesNotReturn]
    private void ThrowShared() => throw Throw.UsedByTwo(this, "use SharedHeap or one heap per worker");
}
