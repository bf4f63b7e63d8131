using System.Globalization;
using Arena.Report.Model;
using GameLoop.Measurement;
using GameLoop.Options;

namespace GameLoop.Output;

/// <summary>The notes that a reader needs to read the numbers, the same on the screen and in the report.</summary>
internal static class Notes
{
    /// <summary>Returns the notes, a sentence or two a line.</summary>
    public static IReadOnlyList<string> Of(RunOptions options, IReadOnlyList<MeasuredRun> runs)
    {
        var frames = runs.Max(static run => run.Run.Frames);
        string[] sectors = options.Sectors == 1 ? []
            : [$"The world is {options.Sectors} sectors with a thread each; a frame ends when all have stepped."];
        string[] percentile = frames >= FrameTimes.FramesForP999 ? []
            : [$"A 99.9th percentile needs {FrameTimes.FramesForP999} frames."];
        var isRace = runs.Count > 1;
        string[] ratios = isRace && options.Backends.Contains(Backend.Arena)
            ? ["In brackets: what holds the true ratio 19 times in 20 (bootstrap over the turns)."] : [];
        string[] leaks = options.LeakRate == 0 ? []
            : options.Backends.Contains(Backend.Arena)
                ? ["Leaks are made on purpose (--leak); arena tracks every allocation meanwhile."]
                : ["Leaks are made on purpose (--leak)."];
        string[] metrics = options.MetricsPort is not null
            ? ["Metrics were served (--metrics): arena counted every allocation, other threads made garbage."]
            : [];
        string[] checksum = frames == options.Frames
            ? [$"Checksum: of the world after {PlayedWorld.FrameOfChecksum(frames)} frames."] : [];
        string[] churn = options.MeasuresChurn
            ? ["Churn: the median of 11 rounds of 40 ms, in turns, after the game."]
            : [];
        return
        [
            $"Measured: {frames} frames{(isRace ? " of each backend" : "")} with seed {options.Seed}, in turns of at "
                + "most 20.",
            $"Before: at least {Seconds(WorldRunner.RehearsalTime)} s of rehearsal, {WorldRunner.WarmUpFrames} frames "
                + "of warm-up, one frame of each turn.",
            isRace ? "Each backend has a process of its own." : "The backend has a process of its own.",
            .. percentile,
            .. sectors,
            .. ratios,
            "On CPU: time of the stepping thread on a core, without waiting.",
            $"Allocations: entities and data made or grown{(isRace ? ", as many on each backend" : "")}.",
            "Managed bytes: made by all threads that step the world.",
            "Gen 0 / 1 / 2: collections; one of an older generation counts as younger too.",
            "World memory: what its process had resident beyond that of before.",
            "Process peak: with the runtime and the code that was compiled.",
            .. checksum,
            .. churn,
            .. leaks,
            .. metrics,
        ];
    }

    /// <summary>Returns the heading above the lines that leaked; null if nothing did.</summary>
    public static string? OnLeaks(BackendRun run) => run.Leaks.Count == 0 ? null
        : $"{run.Backend}: {Units.Count(run.Leaks.Count, "allocation")}, {Units.Bytes(run.Leaks.Bytes)}, were never "
            + "freed"
            + (run.Leaks.Sites.Count > 0 ? ", made at" : "; nothing in this backend knows which line made them");

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture);
}
