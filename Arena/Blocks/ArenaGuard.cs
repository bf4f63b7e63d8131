namespace Arena;

/// <summary>What the guards of an arena's allocators have in common: the options, the poison, the frame.</summary>
internal sealed class ArenaGuard(PageArena arena, GuardOptions options)
{
    private uint _frame;

    public PageArena Arena { get; } = arena;

    public GuardOptions Options { get; } = options;

    /// <summary>Which memory is free and filled; null without poison.</summary>
    public PoisonMap? Poison { get; } = options.Poison ? new PoisonMap(BaseOf(arena)) : null;

    /// <summary>Which lines free what which lines allocated; null where that is not counted.</summary>
    public FreeCounts? FreeCounts { get; } = options.CountForeignFrees ? new FreeCounts() : null;

    /// <summary>Where guarded places are written for the time after a crash; null without a path.</summary>
    public CrashFile? CrashFile { get; } = OpenCrashFile(arena, options);

    /// <summary>Frames that ended, of the frame allocator that saw most of them.</summary>
    public uint Frame => Volatile.Read(ref _frame);

    /// <summary>A frame allocator has begun this frame.</summary>
    public void BeginFrame(ulong frame)
    {
        var number = (uint)ulong.Min(frame, uint.MaxValue);
        if (number > Volatile.Read(ref _frame))
            Volatile.Write(ref _frame, number);
    }

    /// <summary>Pages leave their owner or lose their storage: what they held means nothing any more.</summary>
    public void Forget(nuint from, nuint byteCount) => Poison?.Forget(from, from + byteCount);

    // Only pages fault.
    private static CrashFile? OpenCrashFile(PageArena arena, GuardOptions options)
    {
        if (options.CrashReportPath is null || !(options.GuardedPages || options.Samples))
            return null;
        try
        {
            var file = CrashFile.At(options.CrashReportPath);
            FaultRecorder.SetOnce(file);
            return file;
        }
        catch (IOException failure)
        {
            throw new ArgumentException($"Arena '{arena.Name}': {failure.Message}", nameof(options), failure);
        }
    }

    private static unsafe nuint BaseOf(PageArena arena) => (nuint)arena.Base;
}
