namespace Arena.Diagnostics;

/// <summary>
/// Readings, or cells that each stand for several readings: a mean time and mean bytes, and the lowest and the highest
/// reading. For a single reading they are all the same.
/// </summary>
internal readonly ref struct TrendInput
{
    public TrendInput(ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes)
        : this(seconds, bytes, seconds, bytes, bytes)
    {
    }

    public TrendInput(
        ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes, ReadOnlySpan<double> floorSeconds,
        ReadOnlySpan<double> floors, ReadOnlySpan<double> peaks)
    {
        Seconds = seconds;
        Bytes = bytes;
        FloorSeconds = floorSeconds;
        Floors = floors;
        Peaks = peaks;
    }

    public ReadOnlySpan<double> Seconds { get; }

    public ReadOnlySpan<double> Bytes { get; }

    /// <summary>The times of the lowest readings.</summary>
    public ReadOnlySpan<double> FloorSeconds { get; }

    public ReadOnlySpan<double> Floors { get; }

    public ReadOnlySpan<double> Peaks { get; }
}
