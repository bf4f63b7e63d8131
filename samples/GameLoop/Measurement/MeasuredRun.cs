namespace GameLoop.Measurement;

/// <summary>The summary of a run and the slices behind it; those of all runs were played in turns.</summary>
internal sealed record MeasuredRun(BackendRun Run, IReadOnlyList<Slice> Slices)
{
    /// <summary>All frames, in their order.</summary>
    public long[] FrameNanoseconds { get; } = [.. Slices.SelectMany(static slice => slice.WallNanoseconds)];

    /// <summary>The time that the stepping thread spent on a core for each; empty where that is not known.</summary>
    public long[] CpuNanoseconds { get; } = [.. Slices.SelectMany(static slice => slice.CpuNanoseconds)];

    /// <summary>Frame times in milliseconds, by slice.</summary>
    public IReadOnlyList<double[]> Rounds { get; } =
        [.. Slices.Select(static slice => Milliseconds(slice.WallNanoseconds))];

    /// <summary>The time that the stepping thread spent on a core, in milliseconds, by slice.</summary>
    public IReadOnlyList<double[]> CpuRounds { get; } =
        [.. Slices.Select(static slice => Milliseconds(slice.CpuNanoseconds))];

    private static double[] Milliseconds(long[] nanoseconds) =>
        Array.ConvertAll(nanoseconds, static time => time / 1e6);
}
