namespace Arena.Diagnostics;

/// <summary>
/// The record of a <see cref="MemorySampler"/>: cells at even distances, each of one sample or of several merged
/// ones. Immutable.
/// </summary>
/// <example>
/// <code>
/// var record = MemoryRecord.Read("server.memory");
/// Console.WriteLine(record.Analyze());
/// </code>
/// </example>
public sealed class MemoryRecord
{
    // The most values of cells and categories that are analysed; neighbours are merged until no more are left.
    private const long MostValues = 1 << 22;

    private readonly int _closedCount;

    internal MemoryRecord(SampleStore store, DateTimeOffset startedAt)
    {
        StartedAt = startedAt;
        Cells = store.Cells.ToArray();
        SamplesPerCell = 1 << store.Level;
        Sites = Categories(store.Sites, store.CellCount);
        Tags = Categories(store.Tags, store.CellCount);
        _closedCount = store.ClosedCount;
    }

    private MemoryRecord(SampleHistory history, DateTimeOffset startedAt)
    {
        StartedAt = startedAt;
        Cells = history.Cells;
        SamplesPerCell = 1 << history.Level;
        Sites = history.Sites.Build(history.Next);
        Tags = history.Tags.Build(history.Next);
        _closedCount = history.ClosedCount;
    }

    /// <summary>The time at which the sampler began.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>All cells in order of time; the last may stand for fewer samples than the others.</summary>
    public IReadOnlyList<MemoryCell> Cells { get; }

    /// <summary>The number of samples that a cell stands for: a power of two.</summary>
    public int SamplesPerCell { get; }

    /// <summary>The call sites, in the order in which they first occurred. Empty without sites.</summary>
    public IReadOnlyList<MemoryCategory> Sites { get; }

    /// <summary>The tags, in the order in which they first occurred. Empty without tags.</summary>
    public IReadOnlyList<MemoryCategory> Tags { get; }

    /// <summary>
    /// The bytes at the end of the file that were not read, from the first record on that is cut off, as by a kill, or
    /// holds impossible values.
    /// </summary>
    public long UnreadableBytes { get; private init; }

    /// <summary>Reads a sampler's file, up to the last whole record.</summary>
    /// <remarks>
    /// In the result, times rise and bytes are finite. Whatever the file holds, reading it takes time and memory in
    /// proportion to its length: at most 100 bytes of memory for a byte of the file.
    /// </remarks>
    /// <param name="path">The file; a process may be writing it.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is not a sampler's, or has a later version.</exception>
    public static MemoryRecord Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var reader = new SampleFileReader(path, file);
        reader.ReadAll();
        return new MemoryRecord(reader.History, reader.StartedAt) { UnreadableBytes = reader.UnreadableBytes };
    }

    /// <summary>Analyses the live bytes, and divides their growth among sites and tags.</summary>
    /// <remarks>
    /// The slope is computed from the means, the floor from the floors. The last cell is left out until it stands for
    /// as many samples as the others. A site counts as growing by Benjamini and Hochberg's correction, at 5 %. If cells
    /// and categories are more than four million values, neighbours are merged in pairs, as often as needed.
    /// </remarks>
    /// <param name="options">The options of the analysis; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public GrowthReport Analyze(TrendOptions? options = null)
    {
        options ??= new TrendOptions();
        TrendGuard.Check(options);
        var cells = Merged([.. Cells.Take(_closedCount)], (earlier, later) => earlier.Merge(in later));
        double[] Column(Func<MemoryCell, double> value) => Array.ConvertAll(cells, cell => value(cell));
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

    private static MemoryCategory[] Categories(CategoryColumns columns, int cellCount)
    {
        var categories = new MemoryCategory[columns.Count];
        for (int column = 0; column < categories.Length; column++)
        {
            double[] means = new double[cellCount], floors = new double[cellCount];
            var cells = columns.Column(column, cellCount);
            for (int i = 0; i < cellCount; i++)
                (means[i], floors[i]) = (cells[i].Mean, cells[i].Floor);
            categories[column] = new MemoryCategory(columns.NameOf(column), means, floors);
        }
        return categories;
    }

    private IReadOnlyList<SiteTrend> Share(
        IReadOnlyList<MemoryCategory> categories, double[] seconds, TrendOptions options)
    {
        var reports = new TrendReport[categories.Count];
        for (int i = 0; i < reports.Length; i++)
        {
            double[] means = Merged(
                [.. categories[i].LiveBytes.Take(_closedCount)],
                (earlier, later) => MemoryCell.Mean(earlier, later, 0.5));
            double[] floors = Merged([.. categories[i].FloorBytes.Take(_closedCount)], Math.Min);
            reports[i] = LeakTrend.Judge(new TrendInput(seconds, means, seconds, floors, means), options);
        }
        return LeakTrend.Share(categories.Count, i => categories[i].Name, reports);
    }

    // All series are merged alike, so that the slopes of the categories still add up to that of the whole.
    private T[] Merged<T>(T[] values, Func<T, T, T> merge)
    {
        long all = _closedCount * (1L + Sites.Count + Tags.Count);
        for (; all > MostValues && values.Length >= MemorySamplerOptions.CellsMin; all /= 2)
        {
            var halves = new T[values.Length / 2];
            for (int i = 0; i < halves.Length; i++)
                halves[i] = merge(values[2 * i], values[2 * i + 1]);
            values = halves;
        }
        return values;
    }
}
