using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>Frames of a game that runs at 60 Hz, without waiting for them.</summary>
internal static class PlayedFrames
{
    public const int PerSecond = 60;

    /// <summary>A frame with numbers of usual sizes: they decide how many bytes it takes in a file.</summary>
    public static FrameRecord Of(long number, Random random) => new()
    {
        Frame = number,
        StartSeconds = number / (double)PerSecond,
        Seconds = (0.9 + random.NextDouble() / 5) / PerSecond,
        Allocations = random.Next(500, 5_000),
        AllocatedBytes = random.Next(50_000, 500_000),
        Frees = random.Next(500, 5_000),
        FreedBytes = random.Next(50_000, 500_000),
        LiveBytes = 100_000_000 + random.Next(100_000),
        PeakBytes = 100_200_000 + random.Next(100_000),
        ColdCalls = random.Next(3),
        ColdSeconds = random.NextDouble() / 10_000,
    };
}
