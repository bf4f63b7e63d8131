namespace Arena;

/// <summary>
/// The checks by which an arena reports corrupted memory by file and line: <see cref="PageArenaOptions.Guard"/>. While
/// all are off, an allocation executes no instruction for them.
/// </summary>
/// <remarks>
/// A property that the program does not set is taken from the environment variable <c>ARENA_GUARD</c>, for example
/// <c>poison,redzone=16,quarantine=1MiB,frames=3,pages,sample=10000,foreign,threads,report=PATH</c>. What the program
/// sets wins, 0 and false included. docs/safety.md lists which misuse each of them finds.
/// </remarks>
/// <example>
/// <code>
/// var guard = new GuardOptions { Poison = true, RedZoneBytes = 16 };
/// using var guarded = new PageArena(new PageArenaOptions { Name = "debug", Guard = guard });
/// </code>
/// </example>
public sealed record GuardOptions
{
    /// <summary>The largest value of <see cref="RedZoneBytes"/>.</summary>
    public const int MaximumRedZoneBytes = 65_536;

    private readonly bool? _poison;
    private readonly int? _redZoneBytes;
    private readonly nuint? _quarantineBytes;
    private readonly int? _quarantineFrames;
    private readonly bool? _guardedPages;
    private readonly int? _sampleEvery;
    private readonly bool? _countForeignFrees;
    private readonly bool? _checkThreads;

    /// <summary>
    /// Fills freed memory with a pattern and verifies it when it is handed out again and by
    /// <see cref="PageArena.Verify"/>; fills new memory with another one, so that reads of uninitialized memory show.
    /// </summary>
    public bool Poison
    {
        get => _poison ?? false;
        init => _poison = value;
    }

    /// <summary>
    /// The bytes of a pattern in front of each allocation and behind it, verified at free, at resize, by
    /// <see cref="PageArena.Verify"/> and at Dispose; at most <see cref="MaximumRedZoneBytes"/>, 0 for none. The zone
    /// in front is rounded up to the alignment.
    /// </summary>
    public int RedZoneBytes
    {
        get => _redZoneBytes ?? 0;
        init => _redZoneBytes = value;
    }

    /// <summary>
    /// The bytes of freed allocations that wait before they can be handed out again; the oldest leave first; 0 for
    /// none. Each allocator has its own quarantine. When out of memory, it is emptied before an allocation fails.
    /// </summary>
    public nuint QuarantineBytes
    {
        get => _quarantineBytes ?? 0;
        init => _quarantineBytes = value;
    }

    /// <summary>
    /// The least frames, counted by <see cref="FrameAllocator.NextFrame"/> of the arena, that a freed allocation waits,
    /// however many bytes wait; 0 for none.
    /// </summary>
    public int QuarantineFrames
    {
        get => _quarantineFrames ?? 0;
        init => _quarantineFrames = value;
    }

    /// <summary>
    /// Gives each allocation pages of its own with an inaccessible page behind them, and makes them inaccessible when
    /// it is freed, so that an overrun or a use after free ends the process at that very instruction.
    /// </summary>
    public bool GuardedPages
    {
        get => _guardedPages ?? false;
        init => _guardedPages = value;
    }

    /// <summary>
    /// Guards one allocation in this many by pages, at random, in heaps, pools, handle maps, buddy allocators, and
    /// shared heaps and pools; 0 samples none. Alone, it means guarded pages for the sampled allocations and nothing
    /// for the others. From 1,000 on, allocations are counted a sixteenth of the time; see docs/safety.md.
    /// </summary>
    public int SampleEvery
    {
        get => _sampleEvery ?? 0;
        init => _sampleEvery = value;
    }

    /// <summary>
    /// Count which lines free what lines of other folders, or under other tags, allocated:
    /// <see cref="PageArena.ForeignFrees"/> and <see cref="PageArena.ForeignFreesByTag"/> list them.
    /// </summary>
    public bool CountForeignFrees
    {
        get => _countForeignFrees ?? false;
        init => _countForeignFrees = value;
    }

    /// <summary>
    /// Has every call of an allocator for one thread check that no other thread is inside, so that two threads that
    /// meet in one are always refused. The other options, but for <see cref="SampleEvery"/> alone, imply it.
    /// </summary>
    public bool CheckThreads
    {
        get => _checkThreads ?? false;
        init => _checkThreads = value;
    }

    /// <summary>A file that describes guarded allocations and survives the process; null for none.</summary>
    public string? CrashReportPath { get; init; }

    /// <summary>The windows in which allocations are counted; null for those of the process.</summary>
    internal SamplingWindows? Windows { get; init; }

    /// <summary>True if nothing is guarded.</summary>
    internal bool IsOff => !Poison && RedZoneBytes == 0 && QuarantineBytes == 0 && QuarantineFrames == 0
        && !GuardedPages && SampleEvery == 0 && !CountForeignFrees && !CheckThreads;

    /// <summary>True if every call of an allocator for one thread checks that no other thread is inside.</summary>
    internal bool ChecksThreads => CheckThreads || GuardsAll;

    /// <summary>
    /// True if every allocation is guarded, so that the fast path stays closed. A sample is taken on the fast path,
    /// unless threads are checked.
    /// </summary>
    internal bool GuardsAll => Poison || RedZoneBytes != 0 || QuarantineBytes != 0 || QuarantineFrames != 0
        || GuardsAllByPages || CountForeignFrees || (CheckThreads && Samples);

    /// <summary>True if all allocations are guarded by pages, and not a sample of them.</summary>
    internal bool GuardsAllByPages => GuardedPages && SampleEvery <= 1;

    /// <summary>True if one allocation in <see cref="SampleEvery"/> is guarded by pages.</summary>
    internal bool Samples => SampleEvery > 1 || (SampleEvery == 1 && !GuardedPages);

    /// <summary>Returns these options, with those that are not set taken from others.</summary>
    internal GuardOptions FilledFrom(GuardOptions other)
    {
        var filled = this;
        if (_poison is null && other._poison is { } poison)
            filled = filled with { Poison = poison };
        if (_redZoneBytes is null && other._redZoneBytes is { } redZoneBytes)
            filled = filled with { RedZoneBytes = redZoneBytes };
        if (_quarantineBytes is null && other._quarantineBytes is { } quarantineBytes)
            filled = filled with { QuarantineBytes = quarantineBytes };
        if (_quarantineFrames is null && other._quarantineFrames is { } quarantineFrames)
            filled = filled with { QuarantineFrames = quarantineFrames };
        if (_guardedPages is null && other._guardedPages is { } guardedPages)
            filled = filled with { GuardedPages = guardedPages };
        if (_sampleEvery is null && other._sampleEvery is { } sampleEvery)
            filled = filled with { SampleEvery = sampleEvery };
        if (_countForeignFrees is null && other._countForeignFrees is { } countForeignFrees)
            filled = filled with { CountForeignFrees = countForeignFrees };
        if (_checkThreads is null && other._checkThreads is { } checkThreads)
            filled = filled with { CheckThreads = checkThreads };
        return filled with { CrashReportPath = CrashReportPath ?? other.CrashReportPath };
    }

    /// <summary>Throws if an option is invalid, for the constructor of an arena.</summary>
    internal void Check(string arenaName)
    {
        Require(RedZoneBytes is >= 0 and <= MaximumRedZoneBytes,
            nameof(RedZoneBytes), RedZoneBytes, $"0 to {MaximumRedZoneBytes} bytes");
        Require(QuarantineFrames >= 0, nameof(QuarantineFrames), QuarantineFrames, "0 (none) or more");
        Require(SampleEvery >= 0, nameof(SampleEvery), SampleEvery, "0 (none) or more");

        void Require(bool holds, string option, int value, string remedy)
        {
            if (!holds)
            {
                throw new ArgumentOutOfRangeException(
                    option, $"Arena '{arenaName}': GuardOptions.{option} is {value}; give {remedy}.");
            }
        }
    }
}
