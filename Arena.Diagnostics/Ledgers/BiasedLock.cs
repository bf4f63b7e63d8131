using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// The entrance to a ledger. If its allocator is for one thread at a time, the ledger has one owner at a time; if
/// threads share the allocator, they enter by an atomic exchange. See <see cref="QuietPoint"/>.
/// </summary>
internal struct BiasedLock(QuietPoint quietPoint, bool isShared)
{
    private int _inside;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if (isShared)
            EnterShared();
        else
            Volatile.Write(ref _inside, 1);
        if (quietPoint.IsWanted)
            WaitOutside();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave() => Volatile.Write(ref _inside, 0);

    /// <summary>Waits until no thread is inside; for a visitor that pauses the owners.</summary>
    public void WaitUntilLeft()
    {
        var spin = new SpinWait();
        while (Volatile.Read(ref _inside) != 0)
            spin.SpinOnce();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterShared()
    {
        var spin = new SpinWait();
        while (Interlocked.CompareExchange(ref _inside, 1, 0) != 0)
            spin.SpinOnce();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitOutside()
    {
        var spin = new SpinWait();
        while (quietPoint.IsWanted)
        {
            Leave();
            while (quietPoint.IsWanted)
                spin.SpinOnce();
            if (isShared)
                EnterShared();
            else
                // This is a full fence: after it, either a visitor sees this owner inside, or this owner sees the
                // visitor.
                Interlocked.Exchange(ref _inside, 1);
        }
    }
}
