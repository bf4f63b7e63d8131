namespace GameLoop.Backends;

/// <summary>The live bytes of one tag.</summary>
internal sealed record MemoryUse(string Tag, long Bytes);
