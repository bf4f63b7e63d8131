namespace Arena.Diagnostics;

/// <summary>A run of adjacent live allocations.</summary>
/// <param name="Offset">START: the distance of the first byte from the arena's base.</param>
/// <param name="ByteCount">LEN: bytes.</param>
/// <param name="Count">Allocations.</param>
/// <example>
/// <code>
/// foreach (MapRun run in capture.Maps[0].Blocks[0].Runs)
///     Console.WriteLine($"START {run.Offset:x} LEN {run.ByteCount}");
/// </code>
/// </example>
public readonly record struct MapRun(long Offset, long ByteCount, long Count);
