using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Computes the numbers at the end of the window.</summary>
internal static class NumberSums
{
    public static NumbersModel Of(
        MemoryCapture capture, Timeline timeline, IReadOnlyList<SiteModel> sites, double to)
    {
        CaptureTotals[] totals = [.. capture.Arenas.Select(arena => At(arena.Totals, to))];
        var process = capture.Process.LastOrDefault(each => each.Seconds <= to);
        var live = totals.Sum(each => each.LiveBytes);
        return new NumbersModel
        {
            LiveBytes = live,
            LiveCount = sites.Count > 0
                ? sites.Sum(site => site.LiveCount)
                : totals.Sum(each => each.Allocations - each.Frees + each.BeforeCount),
            PeakLiveBytes = Math.Max(PeakOf(capture, to), (long)timeline.Live.Append(0).Max()),
            BeforeBytes = totals.Sum(each => each.BeforeBytes),
            CommittedBytes = totals.Sum(each => each.CommittedBytes),
            PeakCommittedBytes = totals.Sum(each => each.PeakCommittedBytes),
            ReservedBytes = capture.Arenas.Sum(arena => arena.ReservedBytes),
            ResidentBytes = process.ResidentBytes,
            ManagedBytes = process.ManagedBytes,
            Allocations = totals.Sum(each => each.Allocations),
            AllocatedBytes = totals.Sum(each => each.AllocatedBytes),
            Frees = totals.Sum(each => each.Frees),
            InvalidFrees = capture.Events.Count(each => each.Kind == CaptureEventKind.InvalidFree),
            OutOfMemory = capture.Events.Count(each => each.Kind == CaptureEventKind.OutOfMemory),
            OtherRefusals = capture.Events.Count(each => each.Kind == CaptureEventKind.Refused),
        };
    }

    private static CaptureTotals At(IReadOnlyList<CaptureTotals> totals, double seconds) =>
        totals.LastOrDefault(each => each.Seconds <= seconds + 1e-6, totals.Count > 0 ? totals[0] : default);

    // The peak of a single arena, from its frames and readings; several arenas may reach theirs at different times.
    private static long PeakOf(MemoryCapture capture, double to) => capture.Arenas.Count != 1 ? 0
        : capture.Arenas[0].Totals.Where(each => each.Seconds <= to).Select(each => each.MostLiveBytes)
            .Concat(capture.Arenas[0].Frames.Select(frame => frame.PeakBytes))
            .Append(0).Max();
}
