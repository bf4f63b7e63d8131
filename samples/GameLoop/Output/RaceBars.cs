using GameLoop.Racing;
using Spectre.Console;

namespace GameLoop.Output;

/// <summary>The progress of a race as bars, for a terminal.</summary>
internal sealed class RaceBars : IRaceProgress
{
    private const double Whole = 100;

    private readonly Dictionary<string, ProgressTask> _preparing;
    private readonly ProgressTask? _playing;
    private readonly ProgressTask? _churning;

    /// <summary>Adds the bars of a race.</summary>
    /// <param name="progress">The display that gets them.</param>
    /// <param name="names">The contestants.</param>
    /// <param name="races">True if there is more to come than the first frames.</param>
    /// <param name="measuresChurn">True if churn is a part of it.</param>
    public RaceBars(ProgressContext progress, IReadOnlyList<string> names, bool races, bool measuresChurn)
    {
        _preparing = names.ToDictionary(
            static name => name, name => progress.AddTask($"{name}: first frames", maxValue: Whole));
        _playing = races ? progress.AddTask("frames, in turns", maxValue: Whole) : null;
        _churning = races && measuresChurn ? progress.AddTask("churn, in turns", maxValue: Whole) : null;
    }

    /// <summary>The bars' columns. The spinner and the clock move even while a bar does not.</summary>
    public static ProgressColumn[] Columns =>
    [
        new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
        new SpinnerColumn(), new ElapsedTimeColumn(),
    ];

    public void Preparing(string name, int percent) => _preparing[name].Value = percent;

    public void Playing(double share) => _playing?.Value = share * Whole;

    public void Churning(double share) => _churning?.Value = share * Whole;
}
