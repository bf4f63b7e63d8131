namespace Arena.Diagnostics;

/// <summary>
/// Queues frames from the game's thread for the file. Its size is bounded: while none are taken, more and more are
/// added up in one block, and none is lost.
/// </summary>
internal sealed class FrameQueue(int singleFrames)
{
    private const int Capacity = 2048;

    private readonly Lock _lock = new();
    private CaptureFrames[] _waiting = new CaptureFrames[Capacity];
    private CaptureFrames[] _taken = new CaptureFrames[Capacity];
    private int _count;
    private CaptureFrames _open;
    private ThinningSchedule _thinning = new(singleFrames);

    public void Add(FrameRecord frame)
    {
        lock (_lock)
        {
            _open = _open.Plus(in frame);
            if (_thinning.IsDue())
                Push();
        }
    }

    /// <summary>Takes all frames; the span is valid until the next call.</summary>
    public ReadOnlySpan<CaptureFrames> Take()
    {
        lock (_lock)
        {
            Push();
            (_waiting, _taken) = (_taken, _waiting);
            var count = _count;
            _count = 0;
            return _taken.AsSpan(0, count);
        }
    }

    private void Push()
    {
        if (_open.Frames == 0 || _count == Capacity)
            return;
        _waiting[_count++] = _open;
        _open = default;
    }
}
