namespace GameLoop.Measurement;

/// <summary>Percentiles of frame times in milliseconds.</summary>
internal sealed record FrameTimes(double P50, double P99, double P999, double Max);
