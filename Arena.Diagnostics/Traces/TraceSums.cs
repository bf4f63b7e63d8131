namespace Arena.Diagnostics;

/// <summary>The sums of a trace, written by the recorder, and counted again by the reader.</summary>
internal struct TraceSums()
{
    public long EventCount;
    public int AllocationCount;
    public int TickCount;
    public int ThreadCount;
    public nuint LiveBytes;
    public int LiveCount;
    public nuint PeakLiveBytes;
    public int PeakLiveCount;

    /// <summary>The line, counting ticks, at which the peak of bytes was reached.</summary>
    public int PeakIndex = -1;

    /// <summary>Counts an allocation, or a change of a live one's bytes.</summary>
    public void Change(nuint oldBytes, nuint newBytes, int liveCountChange, int index)
    {
        LiveBytes = LiveBytes - oldBytes + newBytes;
        LiveCount += liveCountChange;
        PeakLiveCount = Math.Max(PeakLiveCount, LiveCount);
        if (LiveBytes <= PeakLiveBytes)
            return;
        PeakLiveBytes = LiveBytes;
        PeakIndex = index;
    }
}
