namespace Arena;

// Frame memory is for one thread; see ThreadGuard. Its fast path needs no refill until the chunk is full, so nothing
// would lead two threads to the slow path before: therefore the first calls go there, those after a change of thread
// that was noticed when a frame ended, and all calls while a guard checks threads.
public sealed unsafe partial class FrameAllocator
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
        throw Throw.UsedByTwo(this, "use WorkerFrames or one frame allocator per worker");
    }

    private void Leave()
    {
        if (_guard.IsOutermost)
            Open();
        _guard.Leave();
    }

    /// <summary>True if every call enters, for tests.</summary>
    internal bool ChecksCalls => _guard.KeepsClosed;

    // Calls that are short while the fast path is open enter only if it is closed.
    private Call CallIfClosed() => IsClosed ? new Call(this) : default;

    // The time that a thread is inside.
    private readonly ref struct Call
    {
        private readonly FrameAllocator? _frames;

        public Call(FrameAllocator frames)
        {
            frames.Enter();
            _frames = frames;
        }

        public void Dispose() => _frames?.Leave();
    }
}
