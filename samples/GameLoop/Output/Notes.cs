using System.Globalization;
using Arena.Report.Model;
using GameLoop.Measurement;
using GameLoop.Options;

namespace GameLoop.Output;

/// <summary>The notes that a reader needs to read the numbers, the same on the screen and in the report.</summary>
internal static class Notes
{
    /// <summary>Returns the notes, a sentence or two a line.</summary>
    public static IReadOnlyList<string> Of(RunOptions options)
    {
        var threads = options.Threads == 1
            ? "on one thread"
            : $"in {options.Threads} sectors with a thread each; a frame ends when all have stepped";
        string[] leaks = options.LeakRate > 0
            ? ["Leaks are made on purpose (--leak); arena tracks every allocation meanwhile."]
            : [];
        string[] metrics = options.MetricsPort is not null
            ? ["Metrics were served (--metrics): arena counted every allocation, other threads made garbage."]
            : [];
        var seconds = WorldRunner.RehearsalTime.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return
        [
            $"Measured: {options.Frames} frames back to back, after {seconds} s of rehearsal and",
            $"{WorldRunner.WarmUpFrames} frames of warm-up.",
            $"Each backend ran alone in a process, with seed {options.Seed},",
            $"{threads}.",
            "Allocations: entities and data made or grown, as many on each backend.",
            "Managed bytes: made by all threads that step the world.",
            "Gen 0 / 1 / 2: collections; one of an older generation counts as younger too.",
            "Peak memory: of the whole process, the runtime included.",
            .. leaks,
            .. metrics,
        ];
    }

    /// <summary>Returns the heading above the lines that leaked; null if nothing did.</summary>
    public static string? OnLeaks(BackendRun run) => run.Leaks.Count == 0 ? null
        : $"{run.Backend}: {Units.Count(run.Leaks.Count, "allocation")}, {Units.Bytes(run.Leaks.Bytes)}, were never "
            + "freed"
            + (run.Leaks.Sites.Count > 0 ? ", made at" : "; nothing in this backend knows which line made them");
}
