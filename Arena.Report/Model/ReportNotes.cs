using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Writes the notes that a reader needs in order to judge the numbers.</summary>
internal static class ReportNotes
{
    public static IReadOnlyList<string> Of(MemoryCapture capture, Timeline timeline, int[] window, bool isClosed)
    {
        List<string> notes =
        [
            "Bytes are as granted by the allocators: the rounding of requests counts as alive.",
            "The trend is that of live bytes, not of the process: it does not see what bypasses the arenas.",
            timeline.HasSites
                ? $"{window.Length} samples of the window at even distances were judged, of "
                    + $"{timeline.Seconds.Length} in the file; slopes of lines add up to the whole's."
                : "No sample of the lines could be read: the trend is that of the arenas' totals, and names no line.",
        ];
        if (isClosed)
        {
            notes.Add($"The window ends at the mark '{ReportOptions.ClosingMark}'; what was alive at the end of the "
                + "capture is counted as forgotten.");
        }
        else if (capture.IsEnded)
        {
            notes.Add("If the game freed everything before the capture ended, the fall at the end hides growth: mark "
                + $"that moment '{ReportOptions.ClosingMark}', or cut the window with --to.");
        }
        if (capture.Arenas.Any(arena => arena.SampleBytes > 0))
            notes.Add("A sample was tracked: counts and bytes by line are estimates.");
        if (capture.Arenas.Count > 1)
            notes.Add("Arenas are added up, each as of its last reading.");
        if (capture.Overhead.UntrackedCount > 0)
            notes.Add($"{capture.Overhead.UntrackedCount} allocations were not tracked: out of memory for them.");
        if (capture.Overhead.DroppedEvents > 0)
            notes.Add($"{capture.Overhead.DroppedEvents} events were dropped, because too many came at a time.");
        return notes;
    }
}
