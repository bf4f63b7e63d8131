namespace Arena.Bench.Contestants;

/// <summary>What a tracker is told.</summary>
internal enum Tracking
{
    None,
    Sample,
    Everything,
}
