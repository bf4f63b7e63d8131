namespace Arena;

// Frame memory is for one thread; see ThreadGuard. Its fast path needs no refill until the chunk is full, so nothing
// would lead two threads to the slow path before: therefore the first calls go there, those after a change of thread
// that was noticed when a frame ended, and all calls while a guard checks threads.
public sealed unsafe partial class FrameAllocator
{
    private ThreadGuard _guard = ThreadGuard.ThatChecksFirstCalls();

    internal override void Enter() => Enter(ref _guard, "use WorkerFrames or one frame allocator per worker");

    internal override void Leave() => Leave(ref _guard);

    /// <summary>True if every call enters, for tests.</summary>
    internal bool ChecksCalls => _guard.KeepsClosed;

    // Calls that are short while the fast path is open enter only if it is closed.
    private ThreadCall CallIfClosed() => IsClosed ? new ThreadCall(this) : default;
}
