namespace Arena.Pools;

// Frees many places of other threads. Those in one word of pending bits become pending in one atomic step, and the
// owner is notified once a page.
internal sealed unsafe partial class SharedHeapBlocks
{
    /// <summary>Frees places of other threads, up to the first that is not one, or that has to be refused.</summary>
    /// <param name="addresses">The places. The caller is in a visit.</param>
    /// <param name="own">The signals of the calling thread's part, which does not free its own places here.</param>
    /// <returns>The number freed.</returns>
    public int FreeRange(ReadOnlySpan<nint> addresses, ulong* own)
    {
        var count = 0;
        var unnotified = new Unnotified(this);
        while (count < addresses.Length)
        {
            var address = (void*)addresses[count];
            var segment = Find(address);
            if (segment == null || ((nuint)address & (Align.Default - 1)) != 0 || segment->Owner == own)
                break;
            var freed = FreeTogether(segment, addresses[count..], ref unnotified);
            if (freed == 0)
                break;
            count += freed;
        }
        unnotified.Notify();
        return count;
    }

    private int FreeTogether(Segment* segment, ReadOnlySpan<nint> addresses, ref Unnotified unnotified)
    {
        var count = RemoteFrees.CountTogether(addresses, out var places);
        var offset = (nuint)addresses[0] - (nuint)segment;
        var granule = segment->GranuleOf((void*)addresses[0]);
        if (RemoteFrees.TryFreeTogether<ManyThreads>(
            Segment.LiveWord(segment, offset), Segment.PendingWord(segment, offset), granule, places))
        {
            unnotified.Add(segment, granule);
            return count;
        }
        // One of them is refused: those before it are freed one by one.
        var freed = 0;
        while (freed < count && Free(segment, (void*)addresses[freed]) == RemoteFreeResult.Done)
            freed++;
        return freed;
    }

    // A page with places that became pending, of which the owner is not notified yet: it is notified of several words
    // at once, and before the call that freed them returns.
    private ref struct Unnotified(SharedHeapBlocks blocks)
    {
        private Segment* _segment;
        private int _granule;

        public void Add(Segment* segment, int granule)
        {
            if (_segment == segment && (_granule ^ granule) < Segment.SlabPageGranules)
                return;
            Notify();
            _segment = segment;
            _granule = granule;
        }

        public readonly void Notify()
        {
            if (_segment != null)
                blocks.Notify(_segment, _granule);
        }
    }
}
