namespace Arena.Diagnostics;

/// <summary>What came and went since the tracker was attached, and what is alive; counts as in SiteCounters.</summary>
internal struct LedgerTotals
{
    public long Allocations;
    public long AllocatedBytes;
    public long Frees;
    public long FreedBytes;
    public long LiveBytes;

    /// <summary>The most bytes alive in the present frame.</summary>
    public long PeakBytes;

    public void Add(in SiteCounters site)
    {
        Allocations += site.Allocations;
        AllocatedBytes += site.AllocatedBytes;
        Frees += site.Frees;
        FreedBytes += site.FreedBytes;
    }
}
