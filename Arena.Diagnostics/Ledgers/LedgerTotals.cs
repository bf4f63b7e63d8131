namespace Arena.Diagnostics;

/// <summary>
/// The counters of an allocator since it was observed, and its live allocations, including earlier ones. Counts are in
/// units of 1/1,024, as in <see cref="SiteCounters"/>. Ending a frame does not visit this.
/// </summary>
internal struct LedgerTotals
{
    private long _peak;
    private uint _peakFrame;

    public long Allocations;
    public long AllocatedBytes;
    public long Frees;
    public long FreedBytes;
    public long LiveBytes;

    /// <summary>Starts with the bytes that were alive before.</summary>
    public LedgerTotals(nuint liveBytes) => LiveBytes = _peak = (long)liveBytes;

    /// <summary>The peak of the live bytes in the current frame.</summary>
    public readonly long PeakIn(uint frame) => frame == _peakFrame ? _peak : LiveBytes;

    public void CountAllocation(long count, long byteCount, uint frame)
    {
        if (frame != _peakFrame)
        {
            _peakFrame = frame;
            _peak = LiveBytes;
        }
        Allocations += count;
        AllocatedBytes += byteCount;
        LiveBytes += byteCount;
        if (LiveBytes > _peak)
            _peak = LiveBytes;
    }

    public void CountFree(long count, long byteCount)
    {
        Frees += count;
        FreedBytes += byteCount;
        LiveBytes -= byteCount;
    }

    /// <summary>Adds another allocator's totals. Peaks are added too, so the sum is an upper bound.</summary>
    public void Add(in LedgerTotals other, uint frame)
    {
        var peak = PeakIn(frame) + other.PeakIn(frame);
        Allocations += other.Allocations;
        AllocatedBytes += other.AllocatedBytes;
        Frees += other.Frees;
        FreedBytes += other.FreedBytes;
        LiveBytes += other.LiveBytes;
        (_peak, _peakFrame) = (peak, frame);
    }
}
