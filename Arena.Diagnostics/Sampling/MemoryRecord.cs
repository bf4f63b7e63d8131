namespace Arena.Diagnostics;

/// <summary>
/// What a <see cref="MemorySampler"/> has recorded: at even distances, as cells of one sample or of several merged
/// ones. Immutable.
/// </summary>
public sealed class MemoryRecord
{
    private readonly int _closedCount;

    internal MemoryRecord(SampleStore store, DateTimeOffset startedAt)
    {
        StartedAt = startedAt;
        Cells = store.Cells.ToArray();
        SamplesPerCell = 1 << store.Level;
        Sites = Parts(store.Sites, store.CellCount);
        Tags = Parts(store.Tags, store.CellCount);
        _closedCount = store.ClosedCount;
    }

    /// <summary>When the sampler began.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>All cells in order of time; the last one may stand for fewer samples than the others.</summary>
    public IReadOnlyList<MemoryCell> Cells { get; }

    /// <summary>The number of samples that a cell stands for: a power of two.</summary>
    public int SamplesPerCell { get; }

    /// <summary>By call site, in the order in which they were met. Empty if nothing told sites apart.</summary>
    public IReadOnlyList<MemoryPart> Sites { get; }

    /// <summary>By tag, in the order in which they were met. Empty if nothing told tags apart.</summary>
    public IReadOnlyList<MemoryPart> Tags { get; }

    /// <summary>Bytes at the end of the file that were no whole record, the last one of a killed process.</summary>
    public long UnreadableBytes { get; private init; }

    /// <summary>Reads a sampler's file, up to the last whole record.</summary>
    /// <param name="path">The file; a process may be writing it.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no such file, or of a later version.</exception>
    public static MemoryRecord Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new SampleFileReader(path, file);
        reader.ReadAll();
        return new MemoryRecord(reader.Store, reader.StartedAt) { UnreadableBytes = reader.UnreadableBytes };
    }

    /// <summary>Judges the live bytes, and divides their growth among sites and tags.</summary>
    /// <remarks>
    /// The slope is that of the means, the floor that of the floors. The last cell is left out until it stands for as
    /// many samples as the others. A site counts as growing by Benjamini and Hochberg's correction, at 5 %.
    /// </remarks>
    /// <param name="options">What a person decides; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public GrowthReport Analyze(TrendOptions? options = null)
    {
        options ??= new TrendOptions();
        TrendGuard.Check(options);
        double[] seconds = Column(cell => cell.Seconds), floorSeconds = Column(cell => cell.FloorSeconds);
        return new GrowthReport
        {
            Trend = LeakTrend.Judge(
                new TrendInput(
                    seconds, Column(cell => cell.LiveBytes), floorSeconds, Column(cell => cell.FloorBytes),
                    Column(cell => cell.PeakBytes)),
                options),
            Sites = Share(Sites, seconds, options),
            Tags = Share(Tags, seconds, options),
        };
    }

    private static MemoryPart[] Parts(PartColumns columns, int cellCount)
    {
        var parts = new MemoryPart[columns.Count];
        for (int column = 0; column < parts.Length; column++)
        {
            double[] means = new double[cellCount], floors = new double[cellCount];
            ReadOnlySpan<PartCell> cells = columns.Column(column, cellCount);
            for (int i = 0; i < cellCount; i++)
                (means[i], floors[i]) = (cells[i].Mean, cells[i].Floor);
            parts[column] = new MemoryPart(columns.NameOf(column), means, floors);
        }
        return parts;
    }

    private double[] Column(Func<MemoryCell, double> value) => [.. Cells.Take(_closedCount).Select(value)];

    private IReadOnlyList<SiteTrend> Share(IReadOnlyList<MemoryPart> parts, double[] seconds, TrendOptions options)
    {
        var reports = new TrendReport[parts.Count];
        for (int i = 0; i < reports.Length; i++)
        {
            double[] means = [.. parts[i].LiveBytes.Take(_closedCount)];
            double[] floors = [.. parts[i].FloorBytes.Take(_closedCount)];
            reports[i] = LeakTrend.Judge(new TrendInput(seconds, means, seconds, floors, means), options);
        }
        return LeakTrend.Share(parts.Count, i => parts[i].Name, reports);
    }
}
