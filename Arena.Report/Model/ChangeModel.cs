namespace Arena.Report.Model;

/// <summary>The changes from one moment to another, by site.</summary>
/// <param name="From">The earlier one's name.</param>
/// <param name="FromSeconds">The earlier moment.</param>
/// <param name="To">The later one's name.</param>
/// <param name="ToSeconds">The later moment.</param>
/// <param name="Rows">Growth first, shrinkage last.</param>
internal sealed record ChangeModel(
    string From, double FromSeconds, string To, double ToSeconds, IReadOnlyList<ChangeRow> Rows);
