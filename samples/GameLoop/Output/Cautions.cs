using System.Diagnostics;
using GameLoop.Measurement;
using GameLoop.Options;

namespace GameLoop.Output;

/// <summary>Names the circumstances that make a run's numbers worth less, before the numbers.</summary>
internal static class Cautions
{
    private const string GuardVariable = "ARENA_GUARD";
    private const double BusyShare = 0.1;

    /// <summary>Returns what is known before the run, a sentence or two each.</summary>
    public static IReadOnlyList<string> Of(RunOptions options) =>
        Of(options, IsDebugBuild(), Environment.ProcessorCount, Environment.GetEnvironmentVariable(GuardVariable));

    /// <summary>Returns the same for the circumstances that are given.</summary>
    public static IReadOnlyList<string> Of(RunOptions options, bool isDebugBuild, int cores, string? guard)
    {
        List<string> cautions = [];
        if (isDebugBuild)
        {
            cautions.Add("This is a Debug build, in which allocators recount themselves: arena looks slower than it "
                + "is. Measure with -c Release.");
        }
        if (options.LeakRate > 0 && options.Backends.Contains(Backend.Arena))
        {
            cautions.Add("--leak: arena tracks every allocation, which costs time and memory that the others do not "
                + "spend.");
        }
        if (options.MetricsPort is not null)
            cautions.Add("--metrics: arena counts every allocation, and other threads make garbage.");
        if (!string.IsNullOrEmpty(guard))
            cautions.Add($"{GuardVariable} is set: arena checks its memory, which costs time. Unset it to measure.");
        if (cores == 1)
        {
            cautions.Add("This process has a single core: the collector's and the compiler's threads take it from the "
                + "game.");
        }
        return cautions;
    }

    /// <summary>Returns how long frames waited for a core; null if that was not long.</summary>
    public static string? OfNoise(IReadOnlyList<MeasuredRun> runs)
    {
        if (runs.Any(static run => run.CpuNanoseconds.Length == 0))
            return null;
        // A frame on gc waits for collections too.
        var quiet = runs.MinBy(Waiting)!;
        return Waiting(quiet) < BusyShare ? null
            : $"The machine was busy: frames waited for a core {Waiting(quiet):P0} of their time. "
                + "The rows of CPU time leave that out.";
    }

    private static double Waiting(MeasuredRun run) =>
        1 - run.CpuNanoseconds.Sum(static time => (double)time) / run.FrameNanoseconds.Sum(static time => (double)time);

    private static bool IsDebugBuild() => Attribute.GetCustomAttributes(
            typeof(Arena.PageArena).Assembly, typeof(DebuggableAttribute))
        .Any(static attribute => ((DebuggableAttribute)attribute).IsJITOptimizerDisabled);
}
