using Arena.Pools;

namespace Arena.Tests.Threads;

// A thread that is out of memory, and the magazine of one that is idle or about to be.
internal sealed unsafe partial class Scene
{
    private ulong* Entry(int index) => (ulong*)_magazines[0] + 1 + index;

    // The owner's fast path, and where that refuses its slow path, as SharedHeap and ThreadHeap do.
    private int Beside<TThreads>(Operation operation)
        where TThreads : struct, IThreads
    {
        var heap = _heaps[0];
        if (operation.Act == Act.AllocateBeside
            && FastPath.TryPop<TThreads>(heap, SizeClass, out var place))
            return PlaceOf((nuint)place);
        if (operation.Act != Act.AllocateBeside && FastPath.TryFree<TThreads>(heap, (void*)AddressOf(operation.Place)))
            return 1;
        var isAnnounced = operation.Act != Act.FreeUnannounced;
        if (isAnnounced && OwnerGate.Enter<TThreads>(heap))
            Settle<TThreads>();
        var result = operation.Act == Act.AllocateBeside
            ? PlaceOf(FastPath.TryPop<TThreads>(heap, SizeClass, out place) ? (nuint)place : 0)
            : FreeOwn<TThreads>(0, operation.Place);
        if (isAnnounced)
            OwnerGate.Leave<TThreads>(heap);
        return result;
    }

    private void Settle<TThreads>()
        where TThreads : struct, IThreads
    {
        Lock<TThreads>();
        var taken = (int)TThreads.Read(_taken);
        var top = FastPath.TopWord(_heaps[0], SizeClass);
        var count = (int)((ulong*)TThreads.ReadOwn(top) - Entry(0));
        for (var i = taken; taken != 0 && i < count; i++)
            TThreads.WriteOwn(Entry(i - taken), TThreads.ReadOwn(Entry(i)));
        if (taken != 0)
            TThreads.WriteOwn(top, (ulong)Entry(count - taken));
        TThreads.Write(_taken, 0);
        TThreads.And(FastPath.SignalsOf(_heaps[0]), ~FastPath.Stopped);
        TThreads.And(_lock, 0);
    }

    private void Lock<TThreads>()
        where TThreads : struct, IThreads
    {
        do
            Turn.Current.AwaitZero(_lock);
        while (!TThreads.TryReplace(_lock, 0, 1));
    }

    private int TakeIdle<TThreads>(Act act)
        where TThreads : struct, IThreads
    {
        Lock<TThreads>();
        var result = OwnerGate.TryStop<TThreads>(_heaps[0])
            ? TakeEntries<TThreads>(takesLast: act == Act.TakeIdleWithLast)
                | TakePage<TThreads>(doubtsFirst: act == Act.DoubtThenTakeIdle)
            : 0;
        TThreads.And(_lock, 0);
        return result;
    }

    private int TakeEntries<TThreads>(bool takesLast)
        where TThreads : struct, IThreads
    {
        var result = 0;
        var count = (int)((ulong*)TThreads.Read(FastPath.TopWord(_heaps[0], SizeClass)) - Entry(0));
        var end = takesLast ? count : count - 1;
        var taken = (int)TThreads.Read(_taken);
        for (var i = taken; i < end; i++)
            result |= 1 << PlaceOf((nuint)TThreads.Read(Entry(i)) & ~FastPath.FreedHere);
        if (end > taken)
            TThreads.Write(_taken, (ulong)end);
        return result;
    }

    // All places of the page, if none is live or in doubt.
    private int TakePage<TThreads>(bool doubtsFirst)
        where TThreads : struct, IThreads
    {
        var isDoubtful = doubtsFirst && IsDoubtful<TThreads>();
        for (var place = 0; place < Granules.Length; place++)
        {
            var live = TThreads.Read(LiveWord(place)) >> Granules[place] & 1;
            if (live != 0 && !RemoteFrees.IsPending<TThreads>(PendingWord(place), Granules[place]))
                return 0;
        }
        isDoubtful |= !doubtsFirst && IsDoubtful<TThreads>();
        if (isDoubtful)
            return 0;
        for (var first = Slab; first <= Slab + 64; first += 32)
        {
            RemoteFrees.TakeWord<TThreads>(
                Segment.LiveWord(_segment, Offset(first)), Segment.PendingWord(_segment, Offset(first)), first & 32,
                out _);
        }
        return (1 << Granules.Length) - 1;
    }

    private bool IsDoubtful<TThreads>()
        where TThreads : struct, IThreads
    {
        OwnerGate.ReadDoubtful<TThreads>(_heaps[0], SizeClass, out var last, out var behind);
        return PlaceOf(last & ~FastPath.FreedHere) >= 0 || PlaceOf(behind & ~FastPath.FreedHere) >= 0;
    }
}
