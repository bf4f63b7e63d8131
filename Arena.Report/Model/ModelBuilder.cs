using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Makes the model of a report from a capture: everything that any format contains.</summary>
internal static class ModelBuilder
{
    // The most values of all sites that are analysed: the time of a report follows the file, however many sites and
    // samples it has.
    private const int MostValues = 1 << 22;

    /// <summary>Makes the model of a capture.</summary>
    /// <param name="capture">The capture.</param>
    /// <param name="file">The file's name in the report.</param>
    /// <param name="options">The options of the report.</param>
    /// <exception cref="InvalidDataException">The requested window is not in it.</exception>
    public static ReportModel Of(MemoryCapture capture, string file, ReportOptions options)
    {
        var timeline = new Timeline(capture);
        var arenas = capture.Arenas.DistinctBy(arena => arena.Number).ToDictionary(arena => arena.Number);
        var (from, to, endsAtClosing) = options.Window(capture);
        // What a file that breaks off holds as alive may have been freed later.
        var isClosed = endsAtClosing && capture.IsEnded;
        var window = timeline.Window(from, to, MostValues / (capture.Sites.Count + 1));
        if (window.Length == 0 && timeline.Seconds.Length > 0 && options.To is not null)
        {
            throw new InvalidDataException(
                $"The window is empty: no sample was taken from {Units.Duration(from)} to {Units.Duration(to)}; give "
                + "--from and --to moments that are farther apart.");
        }
        var trendOptions = new TrendOptions { LimitBytes = options.LimitBytes ?? BudgetOf(capture) };
        var trend = LeakTrend.Analyze(
            Array.ConvertAll(window, i => timeline.Seconds[i]), Array.ConvertAll(window, i => timeline.Live[i]),
            trendOptions);
        var sites = new SiteSums(capture, timeline, window, to < capture.Seconds, isClosed).Build(trendOptions);
        return new ReportModel
        {
            Source = Source(capture, file, from, to),
            Verdict = VerdictText.Of(trend, sites, EndOf(capture, options, to, isClosed), to),
            Numbers = NumberSums.Of(capture, timeline, sites, to),
            Trend = TrendModel.Of(trend, trendOptions.LimitBytes),
            Series = new SeriesModel(timeline.Seconds, timeline.Live, timeline.Committed),
            Sites = sites,
            Arenas = [.. capture.Arenas.Select(Arena)],
            Maps = MapSums.Of(capture, options.At ?? double.PositiveInfinity),
            Change = ChangeSums.Of(capture, window, isClosed),
            Frames = FrameSums.Of(capture.Arenas, from, to, options.FrameSeconds),
            Tags = [.. capture.Tags.Select(Tag)],
            Events =
            [
                .. capture.Events.Where(each => each.Seconds <= (options.At ?? double.PositiveInfinity))
                    .Select(each => Event(each, arenas)),
            ],
            Cost = capture.Overhead,
            Notes = ReportNotes.Of(capture, timeline, window, isClosed),
        };
    }

    private static WindowEnd EndOf(MemoryCapture capture, ReportOptions options, double to, bool isClosed)
    {
        if (isClosed)
            return WindowEnd.Closed;
        if (capture.Problem is not null && (options.At ?? capture.Seconds) >= capture.Seconds)
            return WindowEnd.BrokenOff;
        if (to >= capture.Seconds)
            return WindowEnd.Complete;
        return capture is { IsEnded: true, Sites.Count: > 0 } && capture.Sites.All(site => site.LiveCount == 0)
            ? WindowEnd.FreedLater : WindowEnd.GoesOn;
    }

    // Budgets are on committed bytes, so live bytes meet them a little later.
    private static double? BudgetOf(MemoryCapture capture) =>
        capture.Arenas.Count > 0 && capture.Arenas.All(arena => arena.BudgetBytes > 0)
            ? capture.Arenas.Sum(arena => arena.BudgetBytes)
            : null;

    private static SourceModel Source(MemoryCapture capture, string file, double from, double to) => new(
        Printable.Line(file),
        "capture",
        capture.FormatVersion.ToString(),
        capture.Started == default ? null : capture.Started,
        capture.Seconds,
        Printable.LineOrNull(capture.Problem),
        Math.Max(0, from),
        Math.Min(to, capture.Seconds),
        Facts(capture));

    private static Dictionary<string, string> Facts(MemoryCapture capture) => capture.Facts
        .DistinctBy(fact => Printable.Line(fact.Key))
        .ToDictionary(fact => Printable.Line(fact.Key), fact => Printable.Line(fact.Value));

    private static ArenaModel Arena(CaptureArena arena) => new(
        Printable.Line(arena.Name),
        arena.ReservedBytes,
        arena.BudgetBytes,
        arena.SampleBytes,
        arena.Totals.Count > 0 ? arena.Totals[^1].LiveBytes : 0,
        arena.Totals.Count > 0 ? arena.Totals[^1].CommittedBytes : 0,
        [
            .. arena.Allocators.Select(each => new AllocatorModel(
                Printable.Line(each.Kind), Printable.Line(each.Name), Printable.LineOrNull(each.Tag), each.IsGone,
                each.BeforeCount, each.BeforeBytes, CompactionModel.Of(each.Compaction))),
        ]);

    private static TagModel Tag(TagUse use) => new(
        Printable.LineOrNull(use.Tag), use.Count, (long)use.Bytes, (long)(use.Budget?.SoftBytes ?? 0),
        (long)(use.Budget?.HardBytes ?? 0), use.Refusals);

    private static EventModel Event(CaptureEvent each, Dictionary<int, CaptureArena> arenas) => new(
        each.Kind,
        each.Seconds,
        Printable.LineOrNull(arenas.GetValueOrDefault(each.Arena)?.Name),
        each.Frame,
        Printable.Lines(each.Text),
        Printable.Lines(each.Stack));
}
