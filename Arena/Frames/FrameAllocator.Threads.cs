namespace Arena;

// Frame memory is for one thread; see ThreadGuard. The calls that change chunks enter the guard. Two threads that
// allocate in the same frame meet there when it grows: the second one finds the chunk full while the first one takes
// another. A position that both moved at the same time is not noticed.
public sealed unsafe partial class FrameAllocator
{
    private ThreadGuard _guard;

    private void Enter()
    {
        if (_guard.TryEnter())
        {
            if (!_guard.IsBroken || IsEnding)
                return;
            _limit = 0;
            _guard.Leave();
        }
        throw Throw.UsedByTwo(this, "use WorkerFrames or one frame allocator per worker");
    }

    private void Leave()
    {
        if (_guard.IsBroken)
            _limit = 0;
        _guard.Leave();
    }

    // The time that a thread is inside.
    private readonly ref struct Call
    {
        private readonly FrameAllocator _frames;

        public Call(FrameAllocator frames)
        {
            frames.Enter();
            _frames = frames;
        }

        public void Dispose() => _frames.Leave();
    }
}
