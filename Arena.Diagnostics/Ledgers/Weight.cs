namespace Arena.Diagnostics;

/// <summary>The weight of a tracked allocation: itself, or as a sample also the others that it represents.</summary>
/// <param name="Count">Allocations in units of 1/1,024, see <see cref="SiteCounters"/>.</param>
/// <param name="Bytes">Bytes.</param>
internal readonly record struct Weight(long Count, long Bytes);
