namespace GameLoop.Measurement;

/// <summary>The summary of a run and the frame times behind it.</summary>
internal sealed record MeasuredRun(BackendRun Run, long[] FrameNanoseconds);
