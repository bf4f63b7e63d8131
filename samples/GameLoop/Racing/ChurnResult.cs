using GameLoop.Churning;

namespace GameLoop.Racing;

/// <summary>The cost of one kind of churn.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Rounds">For each contestant, in their order, nanoseconds for one operation, by round.</param>
internal sealed record ChurnResult(ChurnKind Kind, IReadOnlyList<double[]> Rounds);
