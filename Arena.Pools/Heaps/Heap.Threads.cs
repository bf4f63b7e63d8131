namespace Arena.Pools;

// A heap is for one thread; see ThreadGuard. The fast paths are closed by pointing them at the fast path of a disposed
// heap, while the slow paths go on with the magazines.
public sealed unsafe partial class Heap
{
    private ThreadGuard _guard;
    private bool _isFastClosed;

    internal override void Enter() => Enter(ref _guard, "use SharedHeap or one heap per worker");

    internal override void Leave() => Leave(ref _guard);

    // Closes the fast paths again if a reason to is left, and opens them otherwise.
    internal override void Reopen()
    {
        if (_guard.KeepsClosed == _isFastClosed)
            return;
        _isFastClosed = _guard.KeepsClosed;
        if (!IsDisposed)
            OpenFastPaths();
    }
}
