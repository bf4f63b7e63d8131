namespace Arena.Diagnostics;

/// <summary>What a section of a chunk holds. A reader skips kinds that it does not know.</summary>
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

    /// <summary>Live bytes and counts of sites: of all that have any.</summary>
    SiteValues = 12,

    /// <summary>Everything counted of every site.</summary>
    SiteCounters = 13,

    /// <summary>Ages of what is alive, by site.</summary>
    SiteAges = 14,

    /// <summary>Stacks that led to what is alive.</summary>
    Stacks = 15,

    /// <summary>Live allocations by site and size class, under a name.</summary>
    Snapshot = 16,

    /// <summary>What is alive in each allocator.</summary>
    AllocatorUse = 17,

    /// <summary>What is alive under each tag, and its budget.</summary>
    Tags = 18,

    /// <summary>An event: an error, a mark, a leak, a budget.</summary>
    Event = 19,

    /// <summary>What capturing cost.</summary>
    Cost = 20,

    /// <summary>The begin of a map: its arena and moment.</summary>
    MapHeader = 21,

    /// <summary>A block of the arena, its owner and the runs of live allocations in it.</summary>
    MapBlock = 22,

    /// <summary>Runs of pages with storage.</summary>
    MapCommitted = 23,

    /// <summary>The end of a complete map.</summary>
    MapEnd = 24,
}
