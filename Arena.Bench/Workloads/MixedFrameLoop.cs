using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>W8-mixed: frames of 1,000 allocations of 16 bytes to 1 KiB, eight bytes of each written.</summary>
internal sealed unsafe class MixedFrameLoop<TFrames>(TFrames frames) : Workload
    where TFrames : struct, IFrames
{
    public const int FrameCount = 1000;
    public const int LargestBytes = 1024;

    private const int Octaves = 6;

    // Drawn before: drawing them takes longer than a bump.
    private readonly int[] _sizes = Draw();

    public override int Granule => FrameCount;

    public override ulong Run(long operations)
    {
        var f = frames;
        var sum = 0UL;
        for (var done = 0L; done < operations; done += FrameCount)
        {
            foreach (var byteCount in _sizes)
            {
                var word = (ulong*)f.Allocate(byteCount);
                *word = (ulong)byteCount;
                sum += *word;
            }
            f.NextFrame();
        }
        return sum;
    }

    private static int[] Draw()
    {
        var random = new Xorshift(Xorshift.Seed);
        var sizes = new int[FrameCount];
        foreach (ref var size in sizes.AsSpan())
            size = Xorshift.MixedBytes(random.Next(), Octaves);
        return sizes;
    }
}
