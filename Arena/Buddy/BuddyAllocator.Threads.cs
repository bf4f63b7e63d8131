namespace Arena;

// A buddy allocator is for one thread; see ThreadGuard. Its fast path needs no refill, so nothing would ever lead two
// threads to the slow paths: therefore the first calls of each allocator go there, and those after a change of thread
// that a slow path has noticed. While an observer or a guard is attached, all calls do.
public sealed unsafe partial class BuddyAllocator
{
    private ThreadGuard _guard = ThreadGuard.ThatChecksFirstCalls();

    internal override void Enter() => Enter(ref _guard, "use SharedHeap or one buddy allocator per worker");

    internal override void Leave() => Leave(ref _guard);
}
