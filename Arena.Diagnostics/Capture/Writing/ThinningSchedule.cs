namespace Arena.Diagnostics;

/// <summary>
/// Chooses which of a series' readings are written: at first each, then, after every <c>capacity</c> written, only half
/// as many. A series of n readings takes capacity * (1 + log2(n / capacity)) records, however long it grows.
/// </summary>
internal struct ThinningSchedule(int capacity)
{
    private int _written;
    private long _skipped;

    /// <summary>The number of readings from one that is written to the next.</summary>
    public long Interval { get; private set; } = 1;

    /// <summary>Counts a reading. Returns true if it is written.</summary>
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
