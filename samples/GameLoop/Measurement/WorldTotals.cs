using GameLoop.Backends;

namespace GameLoop.Measurement;

/// <summary>The totals of a played world over its measured frames.</summary>
/// <param name="Checksum">
/// The checksum of the world after <see cref="PlayedWorld.FrameOfChecksum"/>, or after the last frame if that was never
/// played, in sixteen hexadecimal digits.
/// </param>
/// <param name="Allocations">Entities and data made or grown.</param>
/// <param name="ManagedBytes">Bytes of managed objects made by the threads that step the world.</param>
/// <param name="Gen0">Collections, as the runtime counts them.</param>
/// <param name="Gen1">Those of generation 1 and older.</param>
/// <param name="Gen2">Those of generation 2.</param>
/// <param name="GcPauseMs">All pauses of the collector.</param>
/// <param name="EmptyResidentBytes">
/// The process's resident memory that is not the world's: what it had just before the world was built, and what the
/// compiler left since.
/// </param>
/// <param name="PeakResidentBytes">The process's peak; 0 where the OS does not report it.</param>
/// <param name="Leaks">The allocations that were never freed.</param>
internal sealed record WorldTotals(
    string Checksum,
    long Allocations,
    long ManagedBytes,
    int Gen0,
    int Gen1,
    int Gen2,
    double GcPauseMs,
    long EmptyResidentBytes,
    long PeakResidentBytes,
    LeakTally Leaks);
