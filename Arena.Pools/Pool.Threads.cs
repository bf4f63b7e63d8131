using System.Diagnostics.CodeAnalysis;

namespace Arena.Pools;

// A pool is for one thread. A call that changes more than a bit enters the guard and leaves it; a second thread finds
// it taken, and from then on both are refused. A thread that is in the fast path at that moment continues in it, so the
// fields that it reads never become invalid: at worst, a slot is handed out twice.
public sealed unsafe partial class Pool<T>
{
    private ThreadGuard _guard;

    internal void Enter()
    {
        if (_guard.TryEnter())
        {
            if (!_guard.IsBroken || IsEnding)
                return;
            CloseFastPath();
            _guard.Leave();
        }
        ThrowShared();
    }

    internal void Leave()
    {
        Recount();
        if (_guard.ChecksNow && _guard.IsOutermost)
            CloseFastPath();
        _guard.Leave();
    }

    [DoesNotReturn]
    internal void ThrowShared() => throw Throw.UsedByTwo(
        this, _listener is null ? "use SharedPool or one pool per worker" : "use one map per worker");
}
