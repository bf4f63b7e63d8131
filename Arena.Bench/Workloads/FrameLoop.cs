using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>W8: frames of 1,000 allocations of 64 bytes, eight of them written; one operation is one of them.</summary>
internal sealed unsafe class FrameLoop<TFrames>(TFrames frames) : Workload
    where TFrames : struct, IFrames
{
    public const int FrameCount = 1000;

    public override int Granule => FrameCount;

    public override ulong Run(long operations)
    {
        var f = frames;
        var sum = 0UL;
        for (var done = 0L; done < operations; done += FrameCount)
        {
            for (var i = 0; i < FrameCount; i++)
            {
                var word = (ulong*)f.Allocate();
                *word = (ulong)i;
                sum += *word;
            }
            f.NextFrame();
        }
        return sum;
    }
}
