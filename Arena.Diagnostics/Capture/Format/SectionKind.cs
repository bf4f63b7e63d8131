namespace Arena.Diagnostics;

/// <summary>The contents of a section of a chunk. A reader skips kinds that it does not know.</summary>
internal enum SectionKind : uint
{
    /// <summary>The moment of the sections that follow.</summary>
    Time = 1,

    /// <summary>Pairs of texts.</summary>
    Facts = 2,

    /// <summary>A text and its number.</summary>
    Text = 3,

    Arena = 4,

    Allocator = 5,

    AllocatorGone = 6,

    Site = 7,

    /// <summary>Memory of the process.</summary>
    Process = 8,

    /// <summary>Memory of one arena.</summary>
    Totals = 9,

    /// <summary>Consecutive frames of one arena.</summary>
    Frames = 10,

    /// <summary>Live bytes and counts of sites: changes since the sample before.</summary>
    SiteChanges = 11,

    /// <summary>Live bytes and counts of all sites that have any.</summary>
    SiteValues = 12,

    /// <summary>All counters of every site.</summary>
    SiteCounters = 13,

    /// <summary>Ages of live allocations, by site.</summary>
    SiteAges = 14,

    /// <summary>Stacks that led to live allocations.</summary>
    Stacks = 15,

    /// <summary>Live allocations by site and size class, under a name.</summary>
    Snapshot = 16,

    /// <summary>Live allocations of each allocator.</summary>
    AllocatorUse = 17,

    /// <summary>Live allocations under each tag, and its budget.</summary>
    Tags = 18,

    /// <summary>An event: an error, a mark, a leak, a budget.</summary>
    Event = 19,

    /// <summary>The cost of capturing.</summary>
    Cost = 20,

    /// <summary>The beginning of a map: its arena and moment.</summary>
    MapHeader = 21,

    /// <summary>A block of the arena, its owner and the runs of live allocations in it.</summary>
    MapBlock = 22,

    /// <summary>Runs of pages with storage.</summary>
    MapCommitted = 23,

    /// <summary>The end of a complete map.</summary>
    MapEnd = 24,

    /// <summary>Runs of pages that show the storage of others.</summary>
    MapShared = 25,

    /// <summary>The compactions of an allocator.</summary>
    AllocatorCompaction = 26,

    /// <summary>Runs of allocations that a compaction has moved.</summary>
    MapMoved = 27,
}
