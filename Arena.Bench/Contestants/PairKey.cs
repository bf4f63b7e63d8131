namespace Arena.Bench.Contestants;

/// <summary>A key of 16 bytes.</summary>
internal readonly record struct PairKey(long First, long Second);
