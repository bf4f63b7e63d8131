namespace GameLoop.Measurement;

/// <summary>Some frames of a backend, one after another.</summary>
/// <param name="WallNanoseconds">The time of each on the clock on the wall.</param>
/// <param name="CpuNanoseconds">
/// The time that the stepping thread spent on a core for each; empty where that is not known, or several threads step.
/// </param>
/// <param name="ResidentBytes">The process's resident memory after them.</param>
internal sealed record Slice(long[] WallNanoseconds, long[] CpuNanoseconds, long ResidentBytes);
