namespace Arena.Pools;

/// <summary>A visit to segments of other threads, see <see cref="SegmentVisits"/>.</summary>
internal readonly unsafe ref struct SegmentVisit : IDisposable
{
    private readonly ulong* _word;

    /// <param name="isShared">False if there are no other threads; then the visit does nothing.</param>
    public SegmentVisit(bool isShared)
    {
        _word = isShared ? SegmentVisits.Own : null;
        if (_word != null)
            SegmentVisits.Enter<ManyThreads>(_word);
    }

    public void Dispose()
    {
        if (_word != null)
            SegmentVisits.Leave<ManyThreads>(_word);
    }
}
