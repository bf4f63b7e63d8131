namespace Arena.Bench.Quick;

/// <summary>A ratio that Arena aims not to exceed.</summary>
/// <param name="Subject">The contestant with the goal.</param>
/// <param name="Against">The contestant it is divided by, or <see cref="BestC"/>.</param>
/// <param name="Limit">The largest ratio that meets the goal.</param>
internal sealed record Promise(string Subject, string Against, double Limit)
{
    public const string BestC = "best C"; // of those that do not check frees; the best that does stands below it
}
