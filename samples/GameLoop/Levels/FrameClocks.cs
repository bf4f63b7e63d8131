using System.Diagnostics;
using GameLoop.Measurement;

namespace GameLoop.Levels;

/// <summary>The times of frames, by the wall clock and on a core.</summary>
internal sealed class FrameClocks
{
    private long _wallStart;
    private long _coreStart;

    /// <summary>Milliseconds of each frame.</summary>
    public List<double> Wall { get; } = [];

    /// <summary>Milliseconds of each frame in which the thread had a core.</summary>
    public List<double> OnCore { get; } = [];

    public void Start()
    {
        _coreStart = ThreadClock.Nanoseconds();
        _wallStart = Stopwatch.GetTimestamp();
    }

    public void Stop()
    {
        Wall.Add(Stopwatch.GetElapsedTime(_wallStart).TotalMilliseconds);
        OnCore.Add((ThreadClock.Nanoseconds() - _coreStart) / 1e6);
    }

    public void Sort()
    {
        Wall.Sort();
        OnCore.Sort();
    }
}
