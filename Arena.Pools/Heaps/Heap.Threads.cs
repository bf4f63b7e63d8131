using System.Diagnostics.CodeAnalysis;

namespace Arena.Pools;

// A heap is for one thread; see ThreadGuard. What the fast paths do not see, they cannot take: they are closed by
// letting them see a heap that is gone, while the slow ones go on with the magazines.
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

    // Or opens them again.
    private void KeepFastPathsClosed()
    {
        _isFastClosed = _guard.KeepsClosed;
        if (!IsDisposed)
            OpenFastPaths();
    }

    [DoesNotReturn]
    private void ThrowShared() => throw Throw.UsedByTwo(this, "use SharedHeap or one heap per worker");
}
