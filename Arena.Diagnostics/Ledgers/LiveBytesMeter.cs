namespace Arena.Diagnostics;

/// <summary>
/// Bytes alive in one allocator, and the most of them in a frame. The frame ends without a visit here.
/// </summary>
internal struct LiveBytesMeter
{
    private long _peak;
    private uint _peakFrame;

    /// <summary>Bytes alive.</summary>
    public long Bytes { get; private set; }

    public readonly long PeakIn(uint frame) => frame == _peakFrame ? _peak : Bytes;

    public void Add(long byteCount, uint frame)
    {
        if (frame != _peakFrame)
        {
            _peakFrame = frame;
            _peak = Bytes;
        }
        Bytes += byteCount;
        if (Bytes > _peak)
            _peak = Bytes;
    }

    public void Subtract(long byteCount) => Bytes -= byteCount;
}
