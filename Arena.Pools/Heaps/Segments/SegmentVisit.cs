namespace Arena.Pools;

/// <summary>A visit to segments of other threads, see <see cref="SegmentVisits"/>.</summary>
internal readonly unsafe ref struct SegmentVisit : IDisposable
{
    private readonly ulong* _word;

    /// <param name="heap">
    /// The number of the heap's words. <see cref="SegmentVisits.None"/> is a heap of one thread; then the visit does
    /// nothing.
    /// </param>
    public SegmentVisit(int heap)
    {
        _word = heap == SegmentVisits.None ? null : SegmentVisits.OwnFor(heap);
        if (_word != null)
            SegmentVisits.Enter<ManyThreads>(_word);
    }

    public void Dispose()
    {
        if (_word != null)
            SegmentVisits.Leave<ManyThreads>(_word);
    }
}
