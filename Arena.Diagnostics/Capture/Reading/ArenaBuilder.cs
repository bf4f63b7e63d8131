namespace Arena.Diagnostics;

/// <summary>Puts together the data of a capture about one arena.</summary>
internal sealed class ArenaBuilder(int number)
{
    private readonly List<CaptureTotals> _totals = [];
    private CaptureArena _arena = new();

    public int Number => number;

    /// <summary>The frames that were read so far.</summary>
    public List<CaptureFrames> Frames { get; } = [];

    public void Describe(in ArenaSection arena, string name) => _arena = new CaptureArena
    {
        Name = name,
        BaseAddress = arena.BaseAddress,
        ReservedBytes = arena.ReservedBytes,
        BudgetBytes = arena.BudgetBytes,
        SampleBytes = arena.SampleBytes,
        AttachedSeconds = arena.AttachedSeconds,
    };

    /// <summary>
    /// Adds a reading, unless there is a later one: the state at the end may be as old as the last reading, or older.
    /// </summary>
    public void Add(in CaptureTotals totals)
    {
        if (_totals.Count == 0 || totals.Seconds > _totals[^1].Seconds)
            _totals.Add(totals);
        else if (totals.Seconds == _totals[^1].Seconds)
            _totals[^1] = totals;
    }

    public CaptureArena Build(CaptureAllocator[] allocators) =>
        _arena with { Number = number, Totals = _totals, Frames = Frames, Allocators = allocators };
}
