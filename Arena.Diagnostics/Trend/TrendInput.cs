namespace Arena.Diagnostics;

/// <summary>
/// Readings, or cells that stand for several readings each: a mean time and mean bytes, and the lowest and the highest
/// reading. Of a single reading they are all the same.
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

    /// <summary>When the lowest readings were taken.</summary>
    public ReadOnlySpan<double> FloorSeconds { get; }

    public ReadOnlySpan<double> Floors { get; }

    public ReadOnlySpan<double> Peaks { get; }
}
