using System.Diagnostics;

namespace Arena.Diagnostics;

/// <summary>
/// Frames and time since a tracker was attached. If frames are marked, an allocation gets the time at which its frame
/// began; otherwise the system's coarse clock is read, which takes a few nanoseconds.
/// </summary>
internal sealed class TrackerClock
{
    /// <summary>Units of <see cref="Time"/> in a second: 32 bits last for 497 days.</summary>
    public const double UnitsPerSecond = 100;

    private const int MillisecondsPerUnit = 10;

    private readonly long _startTicks = Environment.TickCount64;
    private readonly long _start = Stopwatch.GetTimestamp();
    private uint _frameTime;

    /// <summary>The current frame; 0 until the first mark.</summary>
    public uint Frame { get; private set; }

    /// <summary>The time that an allocation made now gets.</summary>
    public uint Time => Frame != 0 ? _frameTime : CoarseTime;

    /// <summary>Seconds since the start, exactly.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    private uint CoarseTime =>
        unchecked((uint)((ulong)(Environment.TickCount64 - _startTicks) / MillisecondsPerUnit));

    public void NextFrame()
    {
        _frameTime = CoarseTime;
        Frame = unchecked(Frame + 1);
    }
}
