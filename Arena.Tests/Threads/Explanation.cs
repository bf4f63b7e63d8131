using Arena.Pools;

namespace Arena.Tests.Threads;

/// <summary>
/// The promises about one place, as if every operation happened at one moment between its start and its end: a
/// linearization. Looks for an order of the operations, each after those that were over before it started, in which
/// all results are right.
/// </summary>
/// <remarks>
/// One thing is allowed that no such order can have: an owner and another thread that free the same allocation at the
/// same time may both return. Then the place is freed twice until the owner's next drain reports it, and is not handed
/// out before.
/// </remarks>
internal sealed class Explanation(Event[] events, int place, bool isLive)
{
    private const int None = -1;

    private readonly HashSet<(ulong, Place, int)> _failed = [];

    private enum Place
    {
        Free,
        Live,
        Pending,
        FreedTwice,
        Gone,
    }

    // What was kept back and then refused was reported, if late: it is not looked at further.
    public bool Exists() => Continues(0, isLive ? Place.Live : Place.Free, None)
        || events.Any(e => e.Operation is { Act: Act.FreeKeptBack } && e.Operation.Place == place && e.Result != 0);

    // After these operations the place is so, by the free of one of them; freed twice, by that of the other thread.
    private bool Continues(ulong done, Place now, int freedBy)
    {
        var all = true;
        if (!_failed.Add((done, now, freedBy)))
            return false;
        for (var i = 0; i < events.Length; i++)
        {
            var bit = 1UL << events[i].Number;
            if ((done & bit) != 0)
                continue;
            all = false;
            if (IsNext(events[i], done) && Fits(i, now, freedBy, out var then, out var by)
                && Continues(done | bit, then, by))
                return true;
        }
        return all;
    }

    private bool IsNext(Event candidate, ulong done)
    {
        var known = 0UL;
        foreach (var other in events)
            known |= 1UL << other.Number;
        return (candidate.Before & known & ~done) == 0;
    }

    private bool Fits(int index, Place now, int freedBy, out Place then, out int by)
    {
        var (_, operation, result, _) = events[index];
        (then, by) = (now, freedBy);
        var isHere = operation.Place == place;
        return operation.Act switch
        {
            Act.Allocate when result == place => Becomes(now == Place.Free, Place.Live, None, out then, out by),
            Act.AllocateBeside when result == place => Becomes(now == Place.Free, Place.Live, None, out then, out by),
            Act.FreeOwn or Act.FreeBeside or Act.FreeUnannounced when isHere =>
                FitsOwn(index, now, freedBy, ref then, ref by),
            Act.FreeRemotely or Act.FreeNotifyingFromAbove or Act.KeepBack when isHere =>
                FitsRemote(index, result, now, freedBy, ref then, ref by),
            >= Act.FreeTogether and <= Act.FreeTogetherNotifyingFromAbove
                when Scene.ResultOf(result, place) is { } one =>
                FitsRemote(index, one, now, freedBy, ref then, ref by),
            Act.TakeIdle or Act.DoubtThenTakeIdle or Act.TakeIdleWithLast when (result >> place & 1) != 0 =>
                Becomes(now is Place.Free or Place.Pending, Place.Gone, None, out then, out by),
            Act.Drain or Act.DrainThenLower => FitsDrain(index, now, freedBy, ref then, ref by),
            _ => true,
        };
    }

    private bool FitsOwn(int index, Place now, int freedBy, ref Place then, ref int by)
    {
        if (events[index].Result == 0)
            return now != Place.Live;
        return now == Place.Pending
            ? Becomes(Overlap(index, freedBy), Place.FreedTwice, freedBy, out then, out by)
            : Becomes(now == Place.Live, Place.Free, index, out then, out by);
    }

    private bool FitsRemote(int index, int result, Place now, int freedBy, ref Place then, ref int by) =>
        (RemoteFreeResult)result switch
        {
            // This also holds for pending places: within a drain the place is not live a moment before it is free.
            RemoteFreeResult.NotLive => now != Place.Live,
            RemoteFreeResult.FreedBefore => now is Place.Pending or Place.FreedTwice,
            _ when now == Place.Free => Becomes(Overlap(index, freedBy), Place.FreedTwice, index, out then, out by),
            _ => Becomes(now == Place.Live, Place.Pending, index, out then, out by),
        };

    // It need not find what is still being freed, though others may know of it.
    private bool FitsDrain(int index, Place now, int freedBy, ref Place then, ref int by)
    {
        var result = events[index].Result;
        var taken = (result >> place & 1) != 0;
        var twice = (result >> place + 8 & 1) != 0;
        if (!taken && !twice)
            return now is Place.Free or Place.Live || Overlap(index, freedBy) || IsKeptBack(freedBy);
        return Becomes(now == (taken ? Place.Pending : Place.FreedTwice), Place.Free, None, out then, out by);
    }

    private bool IsKeptBack(int index) => index != None && events[index].Operation.Act == Act.KeepBack;

    // Neither was over before the other started.
    private bool Overlap(int index, int other) => other != None
        && (events[index].Before >> events[other].Number & 1) == 0
        && (events[other].Before >> events[index].Number & 1) == 0;

    private static bool Becomes(bool fits, Place place, int freedBy, out Place then, out int by)
    {
        (then, by) = (place, freedBy);
        return fits;
    }
}
