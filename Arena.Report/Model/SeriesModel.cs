namespace Arena.Report.Model;

/// <summary>Memory over the whole source, at the times that all its series share.</summary>
/// <param name="Seconds">The times.</param>
/// <param name="LiveBytes">Live bytes.</param>
/// <param name="CommittedBytes">Bytes with storage.</param>
internal sealed record SeriesModel(
    IReadOnlyList<double> Seconds, IReadOnlyList<double> LiveBytes, IReadOnlyList<double> CommittedBytes);
