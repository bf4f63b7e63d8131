namespace Arena.Diagnostics;

/// <summary>A site as a capture records it: its names, its counters, and the changes of its live bytes.</summary>
internal sealed class SiteHistory
{
    public const string UnknownFile = "(unknown)";

    private readonly List<(int Sample, long Bytes, long Count)> _changes = [];
    private List<LeakStackTrace>? _stacks;
    private int _restartsSeen;

    public string File { get; private set; } = UnknownFile;

    public int Line { get; private set; }

    public string Member { get; private set; } = "";

    public string? Tag { get; private set; }

    /// <summary>All its counters; its live bytes and count are those at the last moment.</summary>
    public SiteCounts Counts { get; set; }

    public SiteAges? Ages { get; private set; }

    public void Describe(string file, int line, string member, string? tag) =>
        (File, Line, Member, Tag) = (file, line, member, tag);

    /// <summary>Adds the ages of live allocations in one arena.</summary>
    public void Add(SiteAges ages) => Ages = Ages is not { } known ? ages : new SiteAges(
        Math.Max(ages.OldestFrames, known.OldestFrames),
        Math.Max(ages.OldestSeconds, known.OldestSeconds),
        Math.Max(ages.MeanSeconds, known.MeanSeconds));

    public void Add(LeakStackTrace stack) => (_stacks ??= []).Add(stack);

    /// <summary>Sets the values from a sample on.</summary>
    /// <param name="restarts">The samples at which every site without a value has nothing alive.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="bytes">Live bytes.</param>
    /// <param name="count">Live allocations.</param>
    public void Set(List<int> restarts, int sample, long bytes, long count)
    {
        Follow(restarts);
        Set(sample, bytes, count);
    }

    /// <summary>Adds to the values of the previous sample.</summary>
    public void Change(List<int> restarts, int sample, long bytes, long count)
    {
        Follow(restarts);
        var (oldBytes, oldCount) = Last();
        Set(sample, checked(oldBytes + bytes), checked(oldCount + count));
    }

    public CaptureSite Build(List<int> restarts, int samples, bool countersAreNewest)
    {
        Follow(restarts);
        var (bytes, count) = countersAreNewest ? (Counts.LiveBytes, Counts.LiveCount) : Last();
        var starts = Starts();
        return new CaptureSite
        {
            File = File,
            Line = Line,
            Member = Member,
            Tag = Tag,
            Bytes = Series(starts, change => change.Bytes, samples),
            Counts = Series(starts, change => change.Count, samples),
            LiveBytes = bytes,
            LiveCount = count,
            LiveBytesError = Counts.LiveBytesError,
            Allocations = Counts.Allocations,
            AllocatedBytes = Counts.AllocatedBytes,
            ShortLived = Counts.ShortLived,
            ShortLivedBytes = Counts.ShortLivedBytes,
            LifetimeFrames = Counts.LifetimeFrames,
            OldestFrames = Ages?.OldestFrames,
            OldestSeconds = Ages?.OldestSeconds,
            MeanAgeSeconds = Ages?.MeanSeconds,
            Stacks = _stacks ?? (IReadOnlyList<LeakStackTrace>)[],
        };
    }

    // Applies restarts: only the first one that it has not seen changes it.
    private void Follow(List<int> restarts)
    {
        if (_restartsSeen == restarts.Count)
            return;
        if (Last() != (0, 0))
            Set(restarts[_restartsSeen], 0, 0);
        _restartsSeen = restarts.Count;
    }

    private (long Bytes, long Count) Last() =>
        _changes.Count == 0 ? (0, 0) : (_changes[^1].Bytes, _changes[^1].Count);

    private void Set(int sample, long bytes, long count)
    {
        if (_changes.Count > 0 && _changes[^1].Sample == sample)
            _changes[^1] = (sample, bytes, count);
        else if (Last() != (bytes, count))
            _changes.Add((sample, bytes, count));
    }

    // Before the first change, nothing was alive.
    private int[] Starts()
    {
        var early = _changes.Count == 0 || _changes[0].Sample > 0 ? 1 : 0;
        var starts = new int[_changes.Count + early];
        for (var i = 0; i < _changes.Count; i++)
            starts[i + early] = _changes[i].Sample;
        return starts;
    }

    private StepSeries<long> Series(
        int[] starts, Func<(int Sample, long Bytes, long Count), long> valueOf, int samples)
    {
        if (samples == 0)
            return new StepSeries<long>([], [], 0);
        var values = new long[starts.Length];
        for (var i = 0; i < _changes.Count; i++)
            values[i + starts.Length - _changes.Count] = valueOf(_changes[i]);
        return new StepSeries<long>(starts, values, samples);
    }
}

/// <summary>The counters of a site.</summary>
internal readonly record struct SiteCounts(
    long Allocations,
    long AllocatedBytes,
    long LiveCount,
    long LiveBytes,
    long ShortLived,
    long ShortLivedBytes,
    long LifetimeFrames,
    long LiveBytesError);

/// <summary>The ages of the live allocations of a site.</summary>
internal readonly record struct SiteAges(long OldestFrames, double OldestSeconds, double MeanSeconds);
