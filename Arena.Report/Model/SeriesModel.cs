namespace Arena.Report.Model;

/// <summary>Memory over the whole source, at the times that all its series share.</summary>
/// <param name="Seconds">The times.</param>
/// <param name="LiveBytes">Live bytes.</param>
/// <param name="CommittedBytes">Bytes with storage.</param>
internal sealed record SeriesModel(
    IReadOnlyList<double> Seconds, IReadOnlyList<double> LiveBytes, IReadOnlyList<double> CommittedBytes)
{
    /// <summary>Keeps at most a number of points: the lowest and the highest of equal groups of neighbours.</summary>
    public SeriesModel Thinned(int most)
    {
        if (Seconds.Count <= most)
            return this;
        var group = (2 * Seconds.Count - 1) / most + 1;
        List<int> kept = [];
        for (var first = 0; first < Seconds.Count; first += group)
        {
            var few = Enumerable.Range(first, Math.Min(group, Seconds.Count - first)).ToArray();
            var (lowest, highest) = (few.MinBy(i => LiveBytes[i]), few.MaxBy(i => LiveBytes[i]));
            kept.Add(Math.Min(lowest, highest));
            if (lowest != highest)
                kept.Add(Math.Max(lowest, highest));
        }
        return new SeriesModel(Of(Seconds), Of(LiveBytes), Of(CommittedBytes));

        double[] Of(IReadOnlyList<double> values) => [.. kept.Select(i => values[i])];
    }
}
