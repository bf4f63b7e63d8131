namespace Arena.Diagnostics;

/// <summary>For how much a tracked allocation stands: for itself, or as a sample for others too.</summary>
/// <param name="Count">In units of 1/1,024, see <see cref="SiteCounters"/>.</param>
/// <param name="Bytes">Bytes.</param>
internal readonly record struct Weight(long Count, long Bytes);
