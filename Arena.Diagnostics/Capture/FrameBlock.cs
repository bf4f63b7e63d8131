namespace Arena.Diagnostics;

/// <summary>One frame, or several consecutive ones added up.</summary>
internal struct FrameBlock
{
    public long FirstFrame;
    public int Frames;
    public double StartSeconds;
    public double Seconds;
    public double LongestSeconds;
    public long Allocations;
    public long AllocatedBytes;
    public long Frees;
    public long FreedBytes;
    public long LiveBytes;
    public long PeakBytes;
    public long ColdCalls;
    public double ColdSeconds;

    public void Add(in FrameRecord frame)
    {
        if (Frames == 0)
        {
            FirstFrame = frame.Frame;
            StartSeconds = frame.StartSeconds;
        }
        Frames++;
        Seconds += frame.Seconds;
        LongestSeconds = Math.Max(LongestSeconds, frame.Seconds);
        Allocations += frame.Allocations;
        AllocatedBytes += frame.AllocatedBytes;
        Frees += frame.Frees;
        FreedBytes += frame.FreedBytes;
        LiveBytes = frame.LiveBytes;
        PeakBytes = Math.Max(PeakBytes, frame.PeakBytes);
        ColdCalls += frame.ColdCalls;
        ColdSeconds += frame.ColdSeconds;
    }
}
