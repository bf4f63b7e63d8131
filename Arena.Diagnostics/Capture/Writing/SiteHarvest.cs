namespace Arena.Diagnostics;

/// <summary>Adds up the counters of every site over the trackers of a capture, by the capture's numbers.</summary>
internal sealed class SiteHarvest(CaptureNames names) : ISiteSink
{
    private SiteCounters[] _sums = new SiteCounters[64];
    private long[] _writtenBytes = new long[64];
    private long[] _writtenCounts = new long[64];

    public ReadOnlySpan<SiteCounters> Sums => _sums.AsSpan(0, names.SiteCount);

    public void Clear() => _sums.AsSpan().Clear();

    public void Add(Site site, in SiteCounters counters)
    {
        if (counters.Allocations == 0)
            return;
        var number = names.NumberOf(site);
        MakeRoom(number + 1);
        _sums[number].Add(in counters);
    }

    /// <summary>Adds a tracker's final counters.</summary>
    public void Add(ReadOnlySpan<SiteCounters> frozen)
    {
        MakeRoom(frozen.Length);
        for (var number = 0; number < frozen.Length; number++)
            _sums[number].Add(in frozen[number]);
    }

    /// <summary>
    /// Writes live bytes and counts: the changes since the last time, or the values of all sites that have any.
    /// </summary>
    public void WriteLive(ByteWriter chunk, bool all)
    {
        chunk.Begin(all ? SectionKind.SiteValues : SectionKind.SiteChanges);
        var last = -1;
        for (var number = 0; number < Sums.Length; number++)
        {
            var bytes = _sums[number].LiveBytes;
            var count = SiteCounters.Whole(_sums[number].LiveCount);
            var (oldBytes, oldCount) = all ? (0, 0) : (_writtenBytes[number], _writtenCounts[number]);
            (_writtenBytes[number], _writtenCounts[number]) = (bytes, count);
            if (bytes == oldBytes && count == oldCount)
                continue;
            chunk.Number(number - last);
            chunk.Signed(bytes - oldBytes);
            chunk.Signed(count - oldCount);
            last = number;
        }
    }

    /// <summary>Writes all counters of every site.</summary>
    public void WriteCounters(ByteWriter chunk)
    {
        chunk.Begin(SectionKind.SiteCounters);
        var last = -1;
        for (var number = 0; number < Sums.Length; number++)
        {
            ref readonly var sum = ref _sums[number];
            if (sum.Allocations == 0)
                continue;
            chunk.Number(number - last);
            chunk.Number(SiteCounters.Whole(sum.Allocations));
            chunk.Number(sum.AllocatedBytes);
            chunk.Number(SiteCounters.Whole(sum.LiveCount));
            chunk.Number(sum.LiveBytes);
            chunk.Number(SiteCounters.Whole(sum.ShortLived));
            chunk.Number(sum.ShortLivedBytes);
            chunk.Number(SiteCounters.Whole(sum.LifetimeFrames));
            chunk.Number((long)Math.Round(Math.Sqrt(Math.Max(0, sum.LiveVariance))));
            last = number;
        }
    }

    private void MakeRoom(int count)
    {
        if (count <= _sums.Length)
            return;
        var capacity = Math.Max(count, 2 * _sums.Length);
        Array.Resize(ref _sums, capacity);
        Array.Resize(ref _writtenBytes, capacity);
        Array.Resize(ref _writtenCounts, capacity);
    }
}
