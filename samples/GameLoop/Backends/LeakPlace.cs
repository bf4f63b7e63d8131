namespace GameLoop.Backends;

/// <summary>A line of source whose allocations were not freed.</summary>
internal sealed record LeakPlace(string File, int Line, long Count, long Bytes);
