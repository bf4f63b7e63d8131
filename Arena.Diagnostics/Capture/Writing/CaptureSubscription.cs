namespace Arena.Diagnostics;

/// <summary>Writes a tracker's notices into a capture, until it is disposed.</summary>
internal sealed class CaptureSubscription : IDisposable
{
    private readonly CaptureTrack _track;
    private readonly CaptureContents _contents;
    private readonly Action<CaptureTrack> _freeze;

    public CaptureSubscription(CaptureTrack track, CaptureContents contents, Action<CaptureTrack> freeze)
    {
        _track = track;
        _contents = contents;
        _freeze = freeze;
        var tracker = track.Tracker;
        tracker.FrameEnded += track.Add;
        tracker.Failed += OnFailed;
        tracker.BudgetReported += OnBudget;
        tracker.Disposing += OnDisposing;
        tracker.Arena.LeaksFound += OnLeak;
        tracker.Arena.WentBack += OnWentBack;
    }

    public void Dispose()
    {
        var tracker = _track.Tracker;
        tracker.FrameEnded -= _track.Add;
        tracker.Failed -= OnFailed;
        tracker.BudgetReported -= OnBudget;
        tracker.Disposing -= OnDisposing;
        tracker.Arena.LeaksFound -= OnLeak;
        tracker.Arena.WentBack -= OnWentBack;
    }

    private static CaptureEventKind KindOf(Exception failure) => failure switch
    {
        InvalidFreeException => CaptureEventKind.InvalidFree,
        OutOfMemoryException => CaptureEventKind.OutOfMemory,
        _ => CaptureEventKind.Refused,
    };

    private void OnFailed(Exception failure) => Notify(KindOf(failure), failure.Message, withStack: true);

    private void OnBudget(BudgetNotice notice) => Notify(CaptureEventKind.Budget, notice.ToString(), withStack: true);

    private void OnLeak(LeakNotice leak) => Notify(CaptureEventKind.Leak, leak.ToString(), withStack: false);

    private void OnWentBack(string what) => Notify(CaptureEventKind.Mark, what, withStack: false);

    private void OnDisposing() => _freeze(_track);

    private void Notify(CaptureEventKind kind, string text, bool withStack) =>
        _contents.Events.Add(kind, _contents.Seconds, _track.Number, _track.Tracker.Frame, text, withStack);
}
