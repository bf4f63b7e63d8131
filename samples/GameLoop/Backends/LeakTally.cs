namespace GameLoop.Backends;

/// <summary>What nobody freed.</summary>
/// <param name="Count">Allocations.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Sites">The lines that allocated them, largest first; empty where the backend cannot know.</param>
internal sealed record LeakTally(long Count, long Bytes, IReadOnlyList<LeakPlace> Sites);
