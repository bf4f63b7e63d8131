using GameLoop.Measurement;

namespace GameLoop.Racing;

/// <summary>The measurements of all contestants, in their order.</summary>
/// <param name="Runs">Their frames.</param>
/// <param name="Churn">Their churn; empty where none was played.</param>
internal sealed record RaceResult(IReadOnlyList<MeasuredRun> Runs, IReadOnlyList<ChurnResult> Churn);
