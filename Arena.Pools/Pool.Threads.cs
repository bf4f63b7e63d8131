using System.Diagnostics.CodeAnalysis;

namespace Arena.Pools;

// A pool is for one thread. A call that changes more than a bit enters the guard and leaves it; a second thread finds
// it taken, and from then on both are refused. A thread that is in the fast path at that moment continues in it, so the
// fields that it reads never become invalid: at worst, a slot is handed out twice.
public sealed unsafe partial class Pool<T>
{
    private ThreadGuard _guard;

    // The remedy for a pool that two threads used.
    private string Remedy => _listener is null ? "use SharedPool or one pool per worker" : "use one map per worker";

    internal override void Enter() => Enter(ref _guard, Remedy);

    internal override void Leave()
    {
        Recount();
        Leave(ref _guard);
    }

    internal override void Reopen()
    {
        if (_guard.ChecksNow)
            CloseFastPath();
    }

    [DoesNotReturn]
    internal void ThrowShared() => throw Throw.UsedByTwo(this, Remedy);
}
