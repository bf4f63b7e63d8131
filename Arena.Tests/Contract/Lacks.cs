namespace Arena.Tests.Contract;

/// <summary>
/// The clauses that an allocator does not offer. The contract tests that it really does not: a lack that is declared
/// without need would silence tests.
/// </summary>
[Flags]
internal enum Lacks
{
    Nothing = 0,

    /// <summary>An alignment of each call's own.</summary>
    Alignments = 1,

    /// <summary>Frees one by one: everything is forgotten at once.</summary>
    Frees = 2,

    /// <summary>A free that refuses whatever is not live.</summary>
    ExactFrees = 4,

    /// <summary>Addresses: it gives out handles, so that nothing can point into an allocation.</summary>
    Addresses = 8,

    /// <summary>The number of live allocations.</summary>
    LiveCount = 16,

    /// <summary>The bytes that an allocation was granted.</summary>
    GrantedBytes = 32,

    /// <summary>Resizing.</summary>
    Reallocation = 64,

    /// <summary>Zeroed memory.</summary>
    ZeroedMemory = 128,

    /// <summary>A walk over what lives.</summary>
    Walk = 256,

    /// <summary>Changes in the body of a walk.</summary>
    ChangesInWalks = 512,

    /// <summary>Observers of single allocations, and with them tags and vetoes.</summary>
    Observers = 1024,

    /// <summary>A notice of what lives when it is disposed.</summary>
    LeakNotices = 2048,

    /// <summary>An arena below, with a limit, an operating system and an end of its own.</summary>
    Arena = 4096,
}
