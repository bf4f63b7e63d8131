using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The end of a pool: what is live then, the leak notice, and the return of its storage.
public sealed unsafe partial class Pool<T>
{
    internal override LiveTotals CountLive()
    {
        var liveCount = IsDisposed ? 0 : LiveCount;
        return new LiveTotals(liveCount, (nuint)liveCount * ReportedBytes);
    }

    internal override LeakNotice? FindLeaks()
    {
        _listener?.Closing();
        CloseFastPath();
        var liveCount = LiveCount;
        if (liveCount == 0)
            return null;
        List<nuint> addresses = [];
        foreach (ref var value in this)
        {
            addresses.Add((nuint)Unsafe.AsPointer(ref value));
            if (addresses.Count == LeakNotice.MaximumAddresses)
                break;
        }
        return Notice(liveCount, (nuint)liveCount * ReportedBytes, addresses);
    }

    internal override void Close()
    {
        CloseFastPath();
        _version++;
        _ownerPages = 0;
        _listener?.StorageChanged(NoToken, default);
        // It is null if the constructor failed.
        _slabs?.Close();
        Paged?.Close();
        _slabInUse = null;
    }
}
