namespace Arena.Bench.Quick;

/// <summary>A ratio that Arena promises not to exceed.</summary>
/// <param name="Subject">The contestant that is promised.</param>
/// <param name="Against">The contestant it is divided by, or <see cref="BestC"/>.</param>
/// <param name="Limit">The largest ratio that keeps the promise.</param>
internal sealed record Gate(string Subject, string Against, double Limit)
{
    public const string BestC = "best C";
}
