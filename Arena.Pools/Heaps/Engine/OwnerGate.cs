using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// Lets a thread that is out of memory take the free memory of an idle thread's part. The owner's fast path costs
/// nothing more: it reads the signals anyway. Its slow paths announce themselves with a plain store.
/// <code>
/// the owner, in a slow path        | another thread, with the lock of the parts held
/// 1. Calls is not 0                | 1. sets the signal Stopped
/// 2. Stopped? waits for the lock,  | 2. a fence in every thread of the process
///    then settles its magazines    | 3. Calls is not 0? lowers the signal, and leaves the part alone
/// 3. works, Calls is 0 again       | 4. takes what is free
/// </code>
/// The fence falls somewhere in the owner: before 2, and the owner waits; or after 1, and the other thread sees Calls.
/// </summary>
/// <remarks>
/// One thing is left: the owner may be in the middle of a single fast path, which looked at the signals before the
/// fence and has its stores still to make, however late. A pop stores the top of its magazine and then the live bit; a
/// free stores the entry, the top, and then the live bit. So of each magazine two entries are in doubt, the last one
/// and the one behind it: they stay where they are, and so does the page of each. A thread that finds a place not live,
/// and then reads these two entries, sees the place there if it is that of the fast path.
/// </remarks>
internal static unsafe class OwnerGate
{
    /// <summary>Begins a slow path of the owner, possibly within another one.</summary>
    /// <returns>
    /// True if another thread has stopped the owner, or is about to: the owner must wait for the lock.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Enter<TThreads>(FastPath* fast)
        where TThreads : struct, IThreads
    {
        var calls = FastPath.CallsOf(fast);
        TThreads.Write(calls, TThreads.ReadOwn(calls) + 1);
        return (TThreads.Read(FastPath.SignalsOf(fast)) & FastPath.Stopped) != 0;
    }

    /// <summary>Ends it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Leave<TThreads>(FastPath* fast)
        where TThreads : struct, IThreads
    {
        var calls = FastPath.CallsOf(fast);
        TThreads.Write(calls, TThreads.ReadOwn(calls) - 1);
    }

    /// <summary>Stops the owner, with the lock of the parts held; false where it is in a slow path.</summary>
    public static bool TryStop<TThreads>(FastPath* fast)
        where TThreads : struct, IThreads
    {
        var signals = FastPath.SignalsOf(fast);
        // If an earlier stop has not been settled, the owner must still find the signal.
        var wasStopped = (TThreads.Read(signals) & FastPath.Stopped) != 0;
        TThreads.Or(signals, FastPath.Stopped);
        TThreads.FenceAll();
        if (TThreads.Read(FastPath.CallsOf(fast)) == 0)
            return true;
        if (!wasStopped)
            TThreads.And(signals, ~FastPath.Stopped);
        return false;
    }

    /// <summary>
    /// The two entries of a magazine that a fast path of a stopped owner may be at. Their low bits are no address's.
    /// </summary>
    public static void ReadDoubtful<TThreads>(FastPath* fast, int sizeClass, out nuint last, out nuint behind)
        where TThreads : struct, IThreads
    {
        var top = (ulong*)TThreads.Read(FastPath.TopWord(fast, (nuint)sizeClass));
        last = (nuint)TThreads.Read(top - 1);
        behind = (nuint)TThreads.Read(top);
    }
}
