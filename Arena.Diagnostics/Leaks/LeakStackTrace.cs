namespace Arena.Diagnostics;

/// <summary>A stack that led to live allocations of one site.</summary>
/// <param name="Frames">From the line that allocated outwards, one frame a line of text.</param>
/// <param name="Count">Live allocations, as many as have it: not an estimate.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record LeakStackTrace(string Frames, int Count, nuint Bytes);
