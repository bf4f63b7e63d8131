namespace Arena.Pools;

// A relocatable heap is for one thread; see ThreadGuard. Compactions, trims and the slow paths enter the guard; so do
// the first calls, those after a change of thread that was noticed there, and all calls while a guard checks threads.
public sealed unsafe partial class RelocatableHeap
{
    private ThreadGuard _guard = ThreadGuard.ThatChecksFirstCalls();

    internal override void Enter() => Enter(ref _guard, "use one relocatable heap per worker");

    internal override void Leave() => Leave(ref _guard);

    // Calls that are short while the fast paths are open enter only if these are closed.
    private ThreadCall CallIfClosed() => _guard.KeepsClosed ? new ThreadCall(this) : default;
}
