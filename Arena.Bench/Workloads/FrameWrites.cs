namespace Arena.Bench.Workloads;

/// <summary>H3: the writes of a frame themselves, after a save or without one.</summary>
internal sealed class FrameWrites : FramePages
{
    private readonly ArenaHistory? _history;
    private long _frame;

    public FrameWrites(nuint liveBytes, int pagesWritten, HistoryMechanism? mechanism, bool isSame = false)
        : base(liveBytes, pagesWritten, isSame) => _history = mechanism is { } used
            ? ArenaHistory.Attach(Arena, 8, new ArenaHistoryOptions { Mechanism = used })
            : null;

    protected override void Prepare() => _history?.Save(_frame++);

    protected override void Measure() => WriteFrame();

    protected override void End()
    {
        _history?.Dispose();
        base.End();
    }
}
