using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Adds up the frames of a window.</summary>
internal static class FrameSums
{
    private const int MostBars = 480;

    /// <summary>Adds up the frames; null if no arena has frames in the window.</summary>
    public static FramesModel? Of(IReadOnlyList<CaptureArena> arenas, double from, double to, double budget)
    {
        // Arenas of one game end their frames together: one of them has the times of all.
        var (arena, frames) = arenas
            .Select(each => (each, Frames: Inside(each, from, to)))
            .OrderByDescending(each => each.Frames.Sum(frame => (long)frame.Frames))
            .FirstOrDefault();
        if (frames is null || frames.Length == 0)
            return null;
        var count = frames.Sum(frame => (long)frame.Frames);
        var times = Times(frames);
        var longest = frames.MaxBy(frame => frame.LongestSeconds);
        return new FramesModel
        {
            Arena = Printable.Line(arena.Name),
            Count = count,
            BudgetSeconds = budget,
            OverBudget = times.Where(time => time.Seconds > budget).Sum(time => time.Count),
            MedianSeconds = Percentile(times, count, 0.5),
            P99Seconds = Percentile(times, count, 0.99),
            LongestSeconds = longest.LongestSeconds,
            LongestFrame = longest.FirstFrame,
            AllocationsPerFrame = frames.Sum(frame => (double)frame.Allocations) / count,
            AllocatedBytesPerFrame = frames.Sum(frame => (double)frame.AllocatedBytes) / count,
            ColdCalls = frames.Sum(frame => frame.ColdCalls),
            ColdSeconds = frames.Sum(frame => frame.ColdSeconds),
            PeakBytes = frames.Max(frame => frame.PeakBytes),
            Bars = Bars(frames),
        };
    }

    private static CaptureFrames[] Inside(CaptureArena arena, double from, double to) =>
        [.. arena.Frames.Where(frame => frame.StartSeconds >= from && frame.StartSeconds <= to && frame.Frames > 0)];

    // Frames that were added up have a known longest time; the others get their mean.
    private static List<(double Seconds, long Count)> Times(CaptureFrames[] frames)
    {
        List<(double Seconds, long Count)> times = [];
        foreach (var frame in frames)
        {
            times.Add((frame.LongestSeconds, 1));
            if (frame.Frames > 1)
                times.Add(((frame.Seconds - frame.LongestSeconds) / (frame.Frames - 1), frame.Frames - 1));
        }
        times.Sort();
        return times;
    }

    private static double Percentile(List<(double Seconds, long Count)> times, long count, double share)
    {
        var rank = (long)Math.Ceiling(share * count);
        foreach (var (seconds, many) in times)
        {
            rank -= many;
            if (rank <= 0)
                return seconds;
        }
        return times[^1].Seconds;
    }

    private static FrameBar[] Bars(CaptureFrames[] frames)
    {
        var count = Math.Min(MostBars, frames.Length);
        return
        [
            .. Enumerable.Range(0, count).Select(bar => Bar(frames.AsSpan(First(bar)..First(bar + 1)))),
        ];

        int First(int bar) => (int)((long)frames.Length * bar / count);
    }

    private static FrameBar Bar(ReadOnlySpan<CaptureFrames> frames)
    {
        long count = 0, allocations = 0, peak = 0;
        double seconds = 0, longest = 0;
        foreach (ref readonly var frame in frames)
        {
            count += frame.Frames;
            allocations = checked(allocations + frame.Allocations);
            seconds += frame.Seconds;
            peak = Math.Max(peak, frame.PeakBytes);
            longest = Math.Max(longest, frame.LongestSeconds);
        }
        return new FrameBar(
            frames[0].StartSeconds, frames[0].FirstFrame, count, seconds / count, longest, allocations, peak);
    }
}
