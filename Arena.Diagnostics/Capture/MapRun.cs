namespace Arena.Diagnostics;

/// <summary>Live allocations that touch.</summary>
/// <param name="Offset">START: the distance of the first byte from the arena's base.</param>
/// <param name="ByteCount">LEN: bytes.</param>
/// <param name="Count">Allocations.</param>
public readonly record struct MapRun(long Offset, long ByteCount, long Count);
