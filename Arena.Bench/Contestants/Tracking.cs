namespace Arena.Bench.Contestants;

/// <summary>The calls of which a tracker is notified.</summary>
internal enum Tracking
{
    None,
    Sample,
    Everything,
}
