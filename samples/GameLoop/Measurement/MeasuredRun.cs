namespace GameLoop.Measurement;

/// <summary>The summary of a run and the frame times that it was drawn from.</summary>
internal sealed record MeasuredRun(BackendRun Run, long[] FrameNanoseconds);
