namespace Arena.Diagnostics;

/// <summary>Reads what a capture holds about one arena.</summary>
internal sealed class ArenaBuilder(int number)
{
    private readonly List<CaptureTotals> _totals = [];
    private readonly List<CaptureFrames> _frames = [];
    private CaptureArena _arena = new();

    public int Number => number;

    public void Describe(ref ByteReader section, NumberTable<string> texts) => _arena = new CaptureArena
    {
        Name = texts.Find(section.Count()),
        BaseAddress = section.Number(),
        ReservedBytes = section.Long(),
        BudgetBytes = section.Long(),
        SampleBytes = section.Long(),
        AttachedSeconds = CaptureTime.Seconds(section.Signed()),
    };

    public void AddTotals(ref ByteReader section, double seconds)
    {
        var totals = new CaptureTotals
        {
            Seconds = seconds,
            LiveBytes = section.Long(),
            LeastLiveBytes = section.Long(),
            MostLiveBytes = section.Long(),
            BeforeBytes = section.Long(),
            BeforeCount = section.Long(),
            CommittedBytes = section.Long(),
            LentBytes = section.Long(),
            PeakCommittedBytes = section.Long(),
            Allocations = section.Long(),
            AllocatedBytes = section.Long(),
            Frees = section.Long(),
            FreedBytes = section.Long(),
            ColdCalls = section.Long(),
            ColdSeconds = CaptureTime.Seconds(section.Long()),
            Frame = section.Long(),
        };
        // The state at the end may be as old as the last reading, or older.
        if (_totals.Count == 0 || seconds > _totals[^1].Seconds)
            _totals.Add(totals);
        else if (seconds == _totals[^1].Seconds)
            _totals[^1] = totals;
    }

    public void AddFrames(ref ByteReader section)
    {
        var frame = section.Long();
        var start = CaptureTime.Seconds(section.Signed());
        long live = 0;
        while (!section.AtEnd)
        {
            var frames = section.Count();
            var seconds = CaptureTime.Seconds(section.Long());
            var longest = frames > 1 ? CaptureTime.Seconds(section.Long()) : seconds;
            var (allocations, allocatedBytes) = (section.Long(), section.Long());
            var (frees, freedBytes) = (section.Long(), section.Long());
            live = checked(live + section.Signed());
            var peak = checked(live + section.Long());
            var coldCalls = section.Long();
            _frames.Add(new CaptureFrames
            {
                FirstFrame = frame,
                Frames = frames,
                StartSeconds = start,
                Seconds = seconds,
                LongestSeconds = longest,
                Allocations = allocations,
                AllocatedBytes = allocatedBytes,
                Frees = frees,
                FreedBytes = freedBytes,
                LiveBytes = live,
                PeakBytes = peak,
                ColdCalls = coldCalls,
                ColdSeconds = coldCalls > 0 ? CaptureTime.Seconds(section.Long()) : 0,
            });
            frame = checked(frame + frames);
            start += seconds;
        }
    }

    public CaptureArena Build(CaptureAllocator[] allocators) =>
        _arena with { Number = number, Totals = _totals, Frames = _frames, Allocators = allocators };
}
