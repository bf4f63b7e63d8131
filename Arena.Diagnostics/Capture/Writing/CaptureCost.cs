using System.Diagnostics;

namespace Arena.Diagnostics;

/// <summary>The cost of capturing and tracking, recorded in the file itself.</summary>
internal sealed class CaptureCost
{
    private readonly TrackingCost _tracking = new();
    private long _writings;
    private long _ticks;
    private long _mostTicks;

    public void Count(long ticks)
    {
        _writings++;
        _ticks += ticks;
        _mostTicks = Math.Max(_mostTicks, ticks);
    }

    public void WriteTo(ByteWriter chunk, List<CaptureTrack> tracks, long droppedEvents, long fileBytes)
    {
        long tableBytes = 0, managedBytes = 0, untracked = 0, tracked = 0;
        foreach (var track in tracks)
        {
            if (!track.IsFrozen)
                track.AddCost(ref tableBytes, ref managedBytes, ref untracked, ref tracked);
        }
        chunk.Begin(SectionKind.Cost);
        chunk.Number(tableBytes);
        chunk.Number(managedBytes);
        chunk.Number(tracked);
        chunk.Number(untracked);
        chunk.Number(droppedEvents);
        chunk.Number(fileBytes);
        chunk.Number(_writings);
        chunk.Number(CaptureTime.Microseconds(_ticks / (double)Stopwatch.Frequency));
        chunk.Number(CaptureTime.Microseconds(_mostTicks / (double)Stopwatch.Frequency));
        chunk.Number((long)(1000 * _tracking.PairNanoseconds()));
    }
}
