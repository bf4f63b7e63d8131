namespace Arena.Report.Model;

/// <param name="Seconds">The time at which the first of them began.</param>
/// <param name="FirstFrame">The number of the first one.</param>
/// <param name="Frames">The number of frames.</param>
/// <param name="MeanSeconds">The mean time that they took.</param>
/// <param name="LongestSeconds">The time that the longest took.</param>
/// <param name="Allocations">Allocations in them.</param>
/// <param name="PeakBytes">The most bytes alive in any of them.</param>
internal sealed record FrameBar(
    double Seconds,
    long FirstFrame,
    long Frames,
    double MeanSeconds,
    double LongestSeconds,
    long Allocations,
    long PeakBytes);
