namespace Arena.Diagnostics;

/// <summary>A run of adjacent live allocations.</summary>
/// <param name="Offset">START: the distance of the first byte from the arena's base.</param>
/// <param name="ByteCount">LEN: bytes.</param>
/// <param name="Count">Allocations.</param>
public readonly record struct MapRun(long Offset, long ByteCount, long Count);
