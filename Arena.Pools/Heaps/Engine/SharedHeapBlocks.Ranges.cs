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
        var untold = new Untold(this);
        while (count < addresses.Length)
        {
            var address = (void*)addresses[count];
            var segment = Find(address);
            if (segment == null || ((nuint)address & (Align.Default - 1)) != 0 || segment->Owner == own)
                break;
            var freed = FreeTogether(segment, addresses[count..], ref untold);
            if (freed == 0)
                break;
            count += freed;
        }
        untold.Tell();
        return count;
    }

    private int FreeTogether(Segment* segment, ReadOnlySpan<nint> addresses, ref Untold untold)
    {
        var count = RemoteFrees.CountTogether(addresses, out var places);
        var offset = (nuint)addresses[0] - (nuint)segment;
        var granule = segment->GranuleOf((void*)addresses[0]);
        if (RemoteFrees.TryFreeTogether<ManyThreads>(
            Segment.LiveWord(segment, offset), Segment.PendingWord(segment, offset), granule, places))
        {
            untold.Add(segment, granule);
            return count;
        }
        // One of them is refused: those before it are freed one by one.
        var freed = 0;
        while (freed < count && Free(segment, (void*)addresses[freed]) == RemoteFreeResult.Done)
            freed++;
        return freed;
    }

    // A page with places that became pending, of which the owner has not been told: it is told of several words at once,
    // and before the call that freed them returns.
    private ref struct Untold(SharedHeapBlocks blocks)
    {
        private Segment* _segment;
        private int _granule;

        public void Add(Segment* segment, int granule)
        {
            if (_segment == segment && (_granule ^ granule) < Segment.SlabPageGranules)
                return;
            Tell();
            _segment = segment;
            _granule = granule;
        }

        public readonly void Tell()
        {
            if (_segment != null)
                blocks.Notify(_segment, _granule);
        }
    }
}
