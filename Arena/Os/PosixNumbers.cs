namespace Arena.Os;

/// <summary>The constants of &lt;sys/mman.h&gt; that differ between systems, from each system's own headers.</summary>
internal sealed record PosixNumbers
{
    /// <summary>The system has no such advice.</summary>
    public const int None = -1;

    public const int ProtectionNone = 0;
    public const int ProtectionReadWrite = 0x1 | 0x2;
    public const int MapFixed = 0x10;

    /// <summary>Private, anonymous, not charged against swap.</summary>
    public required int MapReserve { get; init; }

    public required int AdviceDontNeed { get; init; }

    public required int AdviceHugePage { get; init; }

    /// <summary>MAP_PRIVATE 0x02, MAP_ANONYMOUS 0x20, MAP_NORESERVE 0x4000; MADV_DONTNEED 4, MADV_HUGEPAGE 14.</summary>
    public static PosixNumbers Linux { get; } = new()
    {
        MapReserve = 0x02 | 0x20 | 0x4000,
        AdviceDontNeed = 4,
        AdviceHugePage = 14,
    };

    /// <summary>
    /// MAP_PRIVATE 0x02, MAP_ANON 0x1000, MAP_NORESERVE 0x40. MADV_DONTNEED (4) only deactivates pages there and
    /// MADV_FREE keeps them until pressure, so neither serves; superpages are chosen at mmap and not on ARM.
    /// </summary>
    public static PosixNumbers MacOS { get; } = new()
    {
        MapReserve = 0x02 | 0x1000 | 0x40,
        AdviceDontNeed = None,
        AdviceHugePage = None,
    };
}
