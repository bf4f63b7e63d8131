namespace Arena;

/// <summary>Options of a <see cref="PageArena"/>.</summary>
/// <example>
/// <code>
/// var options = new PageArenaOptions { Name = "mods", BudgetBytes = 64 &lt;&lt; 20, GuardPages = true };
/// using var arena = new PageArena(options);
/// </code>
/// </example>
public sealed record PageArenaOptions
{
    private const ulong MaximumReserveBytes = 4UL << 40;

    /// <summary>The name shown in errors and reports.</summary>
    public string Name { get; init; } = "arena";

    /// <summary>
    /// The bytes of addresses to reserve for lending, rounded up to pages. Addresses take no storage, so the number may
    /// be generous (default 32 GiB, at most 4 TiB).
    /// </summary>
    public nuint ReserveBytes { get; init; } = unchecked((nuint)(32UL << 30));

    /// <summary>The most bytes that may be committed; 0 (the default) is no limit.</summary>
    public nuint BudgetBytes { get; init; }

    /// <summary>
    /// Commits in steps of a huge page (2 MiB on Linux) and asks the OS to back these with huge pages. First touch is
    /// then several times cheaper, and small arenas take more memory. Without it, only blocks that span whole huge
    /// pages ask. If the OS has no huge pages, or with <see cref="GuardPages"/>, the option changes nothing.
    /// </summary>
    public bool HugePages { get; init; }

    /// <summary>
    /// Leaves an inaccessible page after every block, so that running off its end faults at once. It takes a page of
    /// addresses for each block, and on Linux before 6.13 two of the mappings that a process may have
    /// (vm.max_map_count): there an arena refuses further blocks when arenas hold a quarter of them.
    /// </summary>
    public bool GuardPages { get; init; }

    /// <summary>
    /// The checks that report corrupted memory by file and line. If it is null, or an option in it is not set, the
    /// environment variable <c>ARENA_GUARD</c> applies.
    /// </summary>
    public GuardOptions? Guard { get; init; }

    /// <summary>
    /// Lets pages of a pool share one page of storage if their live slots do not overlap, so that
    /// <c>Pool&lt;T&gt;.Compact</c> gives memory back although survivors are scattered and no pointer changes. It needs
    /// Linux. The storage is a file in memory, which takes a descriptor, is shared with a forked process, and cannot
    /// have huge pages, so it cannot be combined with <see cref="HugePages"/> , <see cref="GuardPages"/> or
    /// <see cref="Guard"/>; <c>ARENA_GUARD</c> leaves such an arena alone.
    /// </summary>
    public bool SharePages { get; init; }

    /// <summary>
    /// The first address that the arena lends; 0 (the default) is anywhere. For memory that comes from a stream, see
    /// <c>ArenaHistory.ReadFrom</c>: its pointers are right at one address only. A multiple of what the arena would be
    /// aligned to by itself: of the power of two at or below <see cref="ReserveBytes"/>, at least 64 KiB and at most
    /// 1 GiB. The constructor throws where something else lies there.
    /// </summary>
    public nuint BaseAddress { get; init; }

    /// <summary>
    /// Let the operating system note from the start which pages are written, so that an <c>ArenaHistory</c> saves in
    /// the cost of what changed. Needed on Windows only, where it must be known before the first page; on Linux the
    /// history asks by itself.
    /// </summary>
    public bool TracksWrites { get; init; }

    /// <summary>Throws what the constructor of an arena throws for an option that cannot be.</summary>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Name);
        if (string.IsNullOrWhiteSpace(Name))
        {
            throw new ArgumentException(
                $"Name is '{Name}'; give a name that errors and reports can show.", nameof(Name));
        }
        Guard?.Check(Name);
        if (ReserveBytes == 0 || ReserveBytes > MaximumReserveBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(ReserveBytes),
                $"Arena '{Name}': ReserveBytes is {ReserveBytes}; give 1 to {MaximumReserveBytes} bytes.");
        }
        if (SharePages && (HugePages || GuardPages || Guard is not null))
        {
            var other = HugePages ? nameof(HugePages) : GuardPages ? nameof(GuardPages) : nameof(Guard);
            throw new ArgumentException(
                $"Arena '{Name}': SharePages does not go with {other}; leave one of them off.", nameof(SharePages));
        }
    }
}
