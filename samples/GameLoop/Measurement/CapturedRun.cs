using Arena.Diagnostics;
using GameLoop.Options;
using GameLoop.Rules;

namespace GameLoop.Measurement;

/// <summary>
/// Plays the arena backend with a tracker on every arena and streams the trackers into a capture. Nothing is measured
/// meanwhile: tracking takes time.
/// </summary>
internal static class CapturedRun
{
    private const int Parts = 5;

    // A run of a few seconds needs enough samples for a trend.
    private static readonly CaptureOptions Often = new() { Interval = TimeSpan.FromMilliseconds(50) };

    /// <summary>Plays the frames, closes the world and ends the capture.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Play(RunOptions options, string path, Action onPercent)
    {
        using var capture = CaptureWriter.Start(path, Often);
        var settings = new WorldSettings(options.Entities, options.Seed, options.LeakRate);
        using var crew = new SectorCrew(Backend.Arena, settings.Split(options.Sectors), capture);
        var meter = new PercentMeter(WorldRunner.WarmUpFrames + options.CapturedFrames, onPercent);
        Step(crew, WorldRunner.WarmUpFrames, meter);
        Name(capture, "steady");
        // A map at the beginning of each part, and the last one when the world closes.
        var longest = Math.Max(1, options.CapturedFrames / Parts);
        for (var left = options.CapturedFrames; left > 0; left -= longest)
        {
            crew.RecordMap();
            Step(crew, Math.Min(left, longest), meter);
        }
        Name(capture, "closing");
        // Allocations that are alive in the capture after this were forgotten.
        crew.Close();
        capture.Dispose();
        if (capture.Problem is { } problem)
            throw new IOException($"The capture '{path}' could not be written: {problem}");
    }

    private static void Step(SectorCrew crew, int frames, PercentMeter meter)
    {
        for (var frame = 0; frame < frames; frame++)
        {
            crew.Step();
            meter.Advance();
        }
    }

    // arena-report knows both marks: the trend is that of the time between them.
    private static void Name(CaptureWriter capture, string moment)
    {
        capture.RecordSnapshot(moment);
        capture.Mark(moment);
        capture.Flush();
    }
}
