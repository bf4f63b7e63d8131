namespace Arena.Bench.Workloads;

/// <summary>H2: seven frames are written and saved, and then go back.</summary>
internal sealed class FrameRestores : FramePages
{
    public const int Back = 7;

    private readonly ArenaHistory _history;

    public FrameRestores(nuint liveBytes, int pagesWritten, HistoryMechanism mechanism, bool isSame = false)
        : base(liveBytes, pagesWritten, isSame)
    {
        _history = ArenaHistory.Attach(Arena, Back + 1, new ArenaHistoryOptions { Mechanism = mechanism });
        _history.Save(0);
    }

    protected override void Prepare()
    {
        for (var frame = 1; frame <= Back; frame++)
        {
            WriteFrame();
            _history.Save(frame);
        }
    }

    protected override void Measure() => _history.Restore(0);

    protected override void End()
    {
        _history.Dispose();
        base.End();
    }
}
