namespace Arena.Os;

/// <summary>The constants of &lt;sys/mman.h&gt;, from each system's own headers. A const is the same on both.</summary>
internal sealed record PosixNumbers
{
    /// <summary>The value for advice that the system does not have.</summary>
    public const int None = -1;

    public const int ProtectionNone = 0x0;
    public const int ProtectionReadWrite = 0x1 | 0x2;
    public const int MapFixed = 0x10;

    /// <summary>ENOMEM.</summary>
    public const int NoMemory = 12;

    /// <summary>EEXIST.</summary>
    public const int Exists = 17;

    /// <summary>Private, anonymous, not charged against swap.</summary>
    public required int MapReserve { get; init; }

    /// <summary>The flag that takes an address exactly, or nothing; 0 where an address is only a wish.</summary>
    public int MapFixedNoReplace { get; init; }

    /// <summary>The advice that frees pages at once, so that they read as zero.</summary>
    public required int AdviceDontNeed { get; init; }

    public required int AdviceHugePage { get; init; }

    public required int AdviceNoHugePage { get; init; }

    /// <summary>The advice that frees pages and makes touching them fault, without taking a mapping.</summary>
    public required int AdviceGuardInstall { get; init; }

    /// <summary>The advice that undoes <see cref="AdviceGuardInstall"/>.</summary>
    public required int AdviceGuardRemove { get; init; }

    /// <summary>True if the system has memfd_create.</summary>
    public bool HasMemoryFiles { get; init; }

    /// <summary>True if there are userfaultfd and PAGEMAP_SCAN, unless the kernel is older or refuses.</summary>
    public bool TracksWrites { get; init; }

    /// <summary>The count of mappings, on a system that limits them.</summary>
    public MappingCount? Mappings { get; init; }

    /// <summary>The causes of ENOMEM besides out of memory.</summary>
    public string? NoMemoryRemedy { get; init; }

    /// <summary>
    /// MAP_PRIVATE 0x02, MAP_ANONYMOUS 0x20, MAP_NORESERVE 0x4000; MADV_DONTNEED 4, MADV_HUGEPAGE 14,
    /// MADV_NOHUGEPAGE 15, MAP_FIXED_NOREPLACE 0x10_0000; MADV_GUARD_INSTALL 102 and MADV_GUARD_REMOVE 103, from Linux
    /// 6.13 on.
    /// </summary>
    public static PosixNumbers Linux { get; } = new()
    {
        MapReserve = 0x02 | 0x20 | 0x4000,
        MapFixedNoReplace = 0x10_0000,
        AdviceDontNeed = 4,
        AdviceHugePage = 14,
        AdviceNoHugePage = 15,
        AdviceGuardInstall = 102,
        AdviceGuardRemove = 103,
        HasMemoryFiles = true,
        TracksWrites = true,
        Mappings = MappingCount.OfProcess,
        NoMemoryRemedy = "if memory is not used up, a limit is: vm.max_map_count (mappings; sysctl raises it), "
            + "RLIMIT_AS (ulimit -v), RLIMIT_DATA (ulimit -d) or vm.overcommit_memory",
    };

    /// <summary>Linux before 6.13.</summary>
    public static PosixNumbers LinuxWithoutGuards { get; } = Linux with
    {
        AdviceGuardInstall = None,
        AdviceGuardRemove = None,
    };

    /// <summary>MAP_PRIVATE 0x02, MAP_ANON 0x1000, MAP_NORESERVE 0x40 (bsd/sys/mman.h of XNU).</summary>
    /// <remarks>
    /// No advice of macOS meets the contract of a decommit. MADV_DONTNEED (4) is a hint that keeps the contents;
    /// MADV_FREE (5) keeps them, and the footprint, until memory is short; MADV_FREE_REUSABLE (7), which the system's
    /// malloc uses, lowers the footprint but may bring the old bytes back, needs a MADV_FREE_REUSE (8) before the next
    /// use, and is not documented. A fresh mapping over the old one (mmap with MAP_FIXED) frees, zeroes and removes
    /// access in one documented call. Superpages are chosen at mmap, and not on ARM.
    /// </remarks>
    public static PosixNumbers MacOS { get; } = new()
    {
        MapReserve = 0x02 | 0x1000 | 0x40,
        AdviceDontNeed = None,
        AdviceHugePage = None,
        AdviceNoHugePage = None,
        AdviceGuardInstall = None,
        AdviceGuardRemove = None,
    };
}
