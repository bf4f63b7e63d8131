namespace Arena.Diagnostics;

/// <summary>
/// Which of a series' readings are written: each at first, then, whenever so many were written, only half as many as
/// before. A series of n readings takes capacity * (1 + log2(n / capacity)) records, however long it grows.
/// </summary>
internal struct Thinning(int capacity)
{
    private int _written;
    private long _skipped;

    /// <summary>Readings from one that is written to the next.</summary>
    public long Interval { get; private set; } = 1;

    /// <summary>Counts a reading; true where it is written.</summary>
    public bool IsDue()
    {
        if (++_skipped < Interval)
            return false;
        _skipped = 0;
        if (++_written == capacity)
        {
            _written = 0;
            Interval *= 2;
        }
        return true;
    }
}
