namespace Arena;

// A buddy allocator is for one thread; see ThreadGuard. Its fast path needs no refill, so nothing would ever lead two
// threads to the slow paths: therefore the first calls of each allocator go there, and those after a change of thread
// that a slow path has noticed. While an observer or a guard is attached, all calls do.
public sealed unsafe partial class BuddyAllocator
{
    private ThreadGuard _guard = ThreadGuard.ThatChecksFirstCalls();

    private void Enter()
    {
        if (_guard.TryEnter())
        {
            if (!_guard.IsBroken || IsEnding)
                return;
            Open();
            _guard.Leave();
        }
        throw Throw.UsedByTwo(this, "use SharedHeap or one buddy allocator per worker");
    }

    private void Leave()
    {
        if (_guard.IsOutermost)
            Open();
        _guard.Leave();
    }

    // The time that a thread is inside.
    private readonly ref struct Call
    {
        private readonly BuddyAllocator _buddy;

        public Call(BuddyAllocator buddy)
        {
            buddy.Enter();
            _buddy = buddy;
        }

        public void Dispose() => _buddy.Leave();
    }
}
