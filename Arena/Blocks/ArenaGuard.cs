using System.Diagnostics;

namespace Arena;

/// <summary>The state that the guards of an arena's allocators share: the options, the poison, the frame.</summary>
internal sealed class ArenaGuard(PageArena arena, GuardOptions options) : IFollowsWindows
{
    private uint _frame;

    // Null if allocations are counted all the time.
    private SamplingWindows? _windows;

    public PageArena Arena { get; } = arena;

    public GuardOptions Options { get; } = options;

    /// <summary>The map of memory that is free and filled; null without poison.</summary>
    public PoisonMap? Poison { get; } = options.Poison ? new PoisonMap(BaseOf(arena)) : null;

    /// <summary>The counts of frees by pairs of lines; null if they are not counted.</summary>
    public FreeCounts? FreeCounts { get; } = options.CountForeignFrees ? new FreeCounts() : null;

    /// <summary>The file of guarded places that survives a crash; null without a path.</summary>
    public CrashFile? CrashFile { get; } = OpenCrashFile(arena, options);

    /// <summary>The most frames that a frame allocator of the arena has ended.</summary>
    public uint Frame => Volatile.Read(ref _frame);

    /// <summary>The mean distance of two sampled allocations among those that are counted.</summary>
    public double SampleDistance => _windows is null ? Options.SampleEvery
        : (double)Options.SampleEvery / SamplingWindows.Share;

    /// <summary>True while allocations are not counted.</summary>
    public bool RestsSampling => _windows is { IsOpen: false };

    /// <summary>Returns the time at which work on a sample begins.</summary>
    public long BeginSample() => _windows is null ? 0 : Stopwatch.GetTimestamp();

    /// <summary>Notes how long it took.</summary>
    public void EndSample(long begin) => _windows?.Spend(Stopwatch.GetTimestamp() - begin);

    /// <summary>Follows windows from now on, if that is cheaper than to count all the time.</summary>
    public void BeginWindows()
    {
        if (Options.GuardsAll || !Options.Samples || Options.SampleEvery < SamplingWindows.LeastDistance)
            return;
        var windows = Options.Windows ?? SamplingWindows.OfProcess;
        if (windows.TryAdd(this))
            _windows = windows;
    }

    /// <summary>Follows them no longer; the arena asks for no guard any more.</summary>
    public void EndWindows() => _windows?.Remove(this);

    void IFollowsWindows.FollowWindow(bool isOpen) => Arena.FollowWindow(this, isOpen);

    /// <summary>Notes that a frame allocator has begun this frame.</summary>
    public void BeginFrame(ulong frame)
    {
        var number = (uint)ulong.Min(frame, uint.MaxValue);
        if (number > Volatile.Read(ref _frame))
            Volatile.Write(ref _frame, number);
    }

    /// <summary>Forgets the poison in pages that leave their owner or lose their storage.</summary>
    public void Forget(nuint from, nuint byteCount) => Poison?.Forget(from, from + byteCount);

    // Only guarded pages fault.
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
