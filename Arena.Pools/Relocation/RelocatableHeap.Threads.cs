namespace Arena.Pools;

// A relocatable heap is for one thread; see ThreadGuard. Compactions, trims and the slow paths enter the guard; so do
// the first calls, those after a change of thread that was noticed there, and all calls while a guard checks threads.
public sealed unsafe partial class RelocatableHeap
{
    private ThreadGuard _guard = ThreadGuard.ThatChecksFirstCalls();

    private void Enter()
    {
        if (_guard.TryEnter())
        {
            if (!_guard.IsBroken || IsEnding)
                return;
            OpenFastPaths();
            _guard.Leave();
        }
        throw Throw.UsedByTwo(this, "use one relocatable heap per worker");
    }

    private void Leave()
    {
        if (_guard.IsOutermost)
            OpenFastPaths();
        _guard.Leave();
    }

    // Calls that are short while the fast paths are open enter only if these are closed.
    private Call CallIfClosed() => _guard.KeepsClosed ? new Call(this) : default;

    // The time that a thread is inside.
    private readonly ref struct Call
    {
        private readonly RelocatableHeap? _heap;

        public Call(RelocatableHeap heap)
        {
            heap.Enter();
            _heap = heap;
        }

        public void Dispose() => _heap?.Leave();
    }
}
