namespace Arena.Diagnostics;

/// <summary>The live allocations of one site and size class in one ledger.</summary>
/// <param name="Site">The site.</param>
/// <param name="Class">The exponent of the size class, a power of two.</param>
/// <param name="Count">Allocations in units of 1/1,024, see <see cref="SiteCounters"/>.</param>
/// <param name="Bytes">Bytes.</param>
internal readonly record struct SnapshotSum(Site Site, int Class, long Count, long Bytes);
