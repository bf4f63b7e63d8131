using Arena.Pools;

namespace Arena.Tests.Threads;

// Frees of many places in one call, as SharedHeapBlocks.FreeRange does them: those of one word in one atomic step.
internal sealed unsafe partial class Scene
{
    private const int ResultBits = 4;

    /// <summary>Returns the result for one place of a set; null if the call stopped before it.</summary>
    public static int? ResultOf(int result, int place) =>
        (result >> ResultBits * place & (1 << ResultBits) - 1) is > 0 and var one ? one - 1 : null;

    private int FreeTogether<TThreads>(Operation operation)
        where TThreads : struct, IThreads
    {
        var result = 0;
        var isAny = false;
        if (operation.Act == Act.NotifyThenFreeTogether)
            Notify<TThreads>(operation.Act);
        for (var first = 0; first < PlaceCount; first = AfterWordOf(first))
        {
            var group = operation.Place & ((1 << AfterWordOf(first)) - (1 << first));
            if (group == 0)
                continue;
            if (!TryFreeGroup<TThreads>(operation.Act, first, group))
            {
                result |= FreeOneByOne<TThreads>(first, group, out var isRefused);
                if (isRefused)
                    break;
                continue;
            }
            result |= Results(group, RemoteFreeResult.Done);
            if (!isAny && operation.Act == Act.FreeTogetherNotifyingOfFirst)
                Notify<TThreads>(operation.Act);
            isAny = true;
        }
        if (isAny && operation.Act is not (Act.NotifyThenFreeTogether or Act.FreeTogetherNotifyingOfFirst))
            Notify<TThreads>(operation.Act);
        return result;
    }

    // The number of the first place behind those of the same word of pending bits.
    private int AfterWordOf(int place)
    {
        var after = place + 1;
        while (after < PlaceCount && PendingWord(after) == PendingWord(place))
            after++;
        return after;
    }

    private bool TryFreeGroup<TThreads>(Act act, int first, int group)
        where TThreads : struct, IThreads
    {
        var live = LiveWord(first);
        var pending = PendingWord(first);
        var places = 0UL;
        for (var place = first; place < PlaceCount; place++)
            places |= (group >> place & 1) != 0 ? 1UL << (Granules[place] & 31) : 0;
        var looked = act == Act.FreeTogetherLookingAtFirst ? places & (~places + 1) : places;
        if (act is not (Act.FreeTogetherLookingOnce or Act.FreeTogetherLookingAtFirst))
            return RemoteFrees.TryFreeTogether<TThreads>(live, pending, Granules[first], places);
        // From here on it is broken on purpose.
        var isLive = false;
        while (true)
        {
            var word = TThreads.Read(pending);
            if ((word & looked) != 0)
                return false;
            if (!isLive && (looked & ~(TThreads.Read(live) >> (Granules[first] & 32))) != 0)
                return false;
            isLive = act == Act.FreeTogetherLookingOnce;
            if (TThreads.TryReplace(pending, word, word | places))
                return true;
        }
    }

    private int FreeOneByOne<TThreads>(int first, int group, out bool isRefused)
        where TThreads : struct, IThreads
    {
        var result = 0;
        isRefused = false;
        for (var place = first; place < PlaceCount && !isRefused; place++)
        {
            if ((group >> place & 1) == 0)
                continue;
            var one = (RemoteFreeResult)FreeRemotely<TThreads>(new Operation(Act.FreeRemotely, place));
            result |= Results(1 << place, one);
            isRefused = one != RemoteFreeResult.Done;
        }
        return result;
    }

    private static int Results(int group, RemoteFreeResult one)
    {
        var result = 0;
        for (var place = 0; place < PlaceCount; place++)
            result |= (group >> place & 1) * ((int)one + 1) << ResultBits * place;
        return result;
    }

    private void Notify<TThreads>(Act act)
        where TThreads : struct, IThreads
    {
        if (act == Act.FreeTogetherNotifyingFromAbove)
        {
            NotifyFromAbove<TThreads>();
            return;
        }
        var page = Segment.PendingPage(_segment, Slab, out var bit);
        RemoteFrees.Notify<TThreads>(page, bit, _flags, 1, (ulong*)&_segment->Owner);
    }

    // A batch that outlives the call: the first step only looks.
    private int FreeLate<TThreads>(Operation operation)
        where TThreads : struct, IThreads
    {
        if (operation.Act == Act.FreeKeptBack)
            return FreeRemotely<TThreads>(operation with { Act = Act.FreeRemotely });
        var place = operation.Place;
        if (RemoteFrees.IsPending<TThreads>(PendingWord(place), Granules[place]))
            return (int)RemoteFreeResult.FreedBefore;
        return (TThreads.Read(LiveWord(place)) >> Granules[place] & 1) == 0
            ? (int)RemoteFreeResult.NotLive
            : (int)RemoteFreeResult.Done;
    }
}
