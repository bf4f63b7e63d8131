namespace Arena.Bench.Workloads;

/// <summary>H1, H4: saves every frame, with its checksum.</summary>
internal sealed class FrameSaves : FramePages
{
    private readonly ArenaHistory _history;
    private long _frame;

    public FrameSaves(nuint liveBytes, int pagesWritten, HistoryMechanism mechanism, bool isSame = false)
        : base(liveBytes, pagesWritten, isSame) =>
        _history = ArenaHistory.Attach(Arena, 8, new ArenaHistoryOptions { Mechanism = mechanism });

    protected override void Measure() => _history.Save(_frame++);

    protected override void End()
    {
        _history.Dispose();
        base.End();
    }
}
