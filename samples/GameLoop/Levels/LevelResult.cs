namespace GameLoop.Levels;

/// <summary>The result of one contestant.</summary>
/// <param name="Name">The contestant.</param>
/// <param name="Levels">A row a level.</param>
/// <param name="MedianMs">Milliseconds of a frame.</param>
/// <param name="P999Ms">One frame in a thousand took longer.</param>
/// <param name="Checksum">The sum of all that was read: the same for all.</param>
internal sealed record LevelResult(
    string Name, IReadOnlyList<LevelRow> Levels, double MedianMs, double P999Ms, long Checksum)
{
    /// <summary>
    /// Frames with the work at their end over frames without it, when little is left to do; null if there is none.
    /// </summary>
    public LeftOnResult? LeftOn { get; init; }
}

/// <summary>Frames with the work at their end over frames without it: 1 is as long.</summary>
/// <param name="Median">The median.</param>
/// <param name="P999">The 99.9th percentile.</param>
/// <param name="P999OnCore">
/// The 99.9th percentile of the time on a core, which leaves out what other programs take; null without such a clock.
/// </param>
internal sealed record LeftOnResult(double Median, double P999, double? P999OnCore);

/// <summary>One level.</summary>
/// <param name="Level">The level's number.</param>
/// <param name="PeakBytes">Committed when it was loaded.</param>
/// <param name="LiveBytes">Alive at its end.</param>
/// <param name="Loaded">Committed over live when it was loaded.</param>
/// <param name="Ratios">Committed over live at <see cref="LevelRun.Frames"/> after its end.</param>
internal sealed record LevelRow(
    int Level, long PeakBytes, long LiveBytes, double Loaded, IReadOnlyList<double> Ratios);
