namespace Arena.Diagnostics;

/// <summary>The contents of a chunk. A reader skips kinds that it does not know.</summary>
internal enum ChunkKind : uint
{
    /// <summary>The first chunk: facts about the process, the machine and the library.</summary>
    Start = 1,

    /// <summary>The events since the last one.</summary>
    Tick = 2,

    /// <summary>The memory of one arena at one moment.</summary>
    Map = 3,

    /// <summary>Two slots, overwritten in turn: the present state.</summary>
    Latest = 4,

    /// <summary>The last chunk of a capture that was ended, not cut off.</summary>
    End = 5,
}
