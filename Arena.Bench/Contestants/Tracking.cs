namespace Arena.Bench.Contestants;

/// <summary>Which calls a tracker is notified of.</summary>
internal enum Tracking
{
    None,
    Sample,
    Everything,
}
