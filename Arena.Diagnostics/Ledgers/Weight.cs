namespace Arena.Diagnostics;

/// <summary>What a tracked allocation stands for: itself, or as a sample also others.</summary>
/// <param name="Count">Allocations in units of 1/1,024, see <see cref="SiteCounters"/>.</param>
/// <param name="Bytes">Bytes.</param>
internal readonly record struct Weight(long Count, long Bytes);
