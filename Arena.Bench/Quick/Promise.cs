namespace Arena.Bench.Quick;

/// <summary>A ratio that Arena aims not to exceed.</summary>
/// <param name="Subject">The contestant with the goal.</param>
/// <param name="Against">The contestant it is divided by, or <see cref="BestC"/>.</param>
/// <param name="Limit">The largest ratio that meets the goal.</param>
/// <param name="Floor">
/// The contestant that does only what cannot be avoided, for the table to show where the goal is missed.
/// </param>
internal sealed record Promise(string Subject, string Against, double Limit, string? Floor = null)
{
    public const string BestC = "best C"; // of those that do not check frees; the best that does stands below it
}
