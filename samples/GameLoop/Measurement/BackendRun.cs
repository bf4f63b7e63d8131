using GameLoop.Backends;

namespace GameLoop.Measurement;

/// <summary>The measurements of one backend; serialized as they are (camel case).</summary>
internal sealed record BackendRun
{
    /// <summary>The backend, or a setting of it.</summary>
    public required string Backend { get; init; }

    public required int Frames { get; init; }

    public required int Entities { get; init; }

    /// <summary>
    /// The checksum of the world after the first frames and as many as are measured, equal on all backends and in all
    /// runs of a seed. Sixteen hexadecimal digits.
    /// </summary>
    public required string Checksum { get; init; }

    /// <summary>All frames of the world: the first ones, the measured ones, and the one before each slice.</summary>
    public required int FramesPlayed { get; init; }

    public required FrameTimes FrameMs { get; init; }

    /// <summary>The time that the stepping thread spent on a core; null where that is not known.</summary>
    public required FrameTimes? CpuMs { get; init; }

    /// <summary>The number of entities and data made or grown in the measured frames.</summary>
    public required long Allocations { get; init; }

    /// <summary>Bytes of managed objects made by the threads that step the world.</summary>
    public required double ManagedBytesPerFrame { get; init; }

    /// <summary>Collections as the runtime counts them: one of an older generation is one of the younger too.</summary>
    public required int Gen0 { get; init; }

    public required int Gen1 { get; init; }

    public required int Gen2 { get; init; }

    /// <summary>All pauses of the collector in the measured frames, in milliseconds.</summary>
    public required double GcPauseMs { get; init; }

    /// <summary>The process's peak memory, runtime included; 0 where the OS does not report it.</summary>
    public required long PeakRssBytes { get; init; }

    /// <summary>The most resident memory after a slice, beyond that of the process without a world.</summary>
    public required long WorldBytes { get; init; }

    public required LeakTally Leaks { get; init; }

    /// <summary>Puts together what was measured slice by slice and what the world said at its end.</summary>
    public static BackendRun Of(
        string name, int entities, int firstFrames, IReadOnlyList<Slice> slices, WorldTotals totals)
    {
        var frames = slices.Sum(static slice => slice.WallNanoseconds.Length);
        var hasCpu = slices.All(static slice => slice.CpuNanoseconds.Length > 0);
        return new BackendRun
        {
            Backend = name,
            Frames = frames,
            FramesPlayed = firstFrames + slices.Count * PlayedWorld.LeadIn + frames,
            Entities = entities,
            Checksum = totals.Checksum,
            FrameMs = FrameTimes.Of(slices.SelectMany(static slice => slice.WallNanoseconds)),
            CpuMs = hasCpu ? FrameTimes.Of(slices.SelectMany(static slice => slice.CpuNanoseconds)) : null,
            Allocations = totals.Allocations,
            ManagedBytesPerFrame = totals.ManagedBytes / (double)frames,
            Gen0 = totals.Gen0,
            Gen1 = totals.Gen1,
            Gen2 = totals.Gen2,
            GcPauseMs = totals.GcPauseMs,
            PeakRssBytes = totals.PeakResidentBytes,
            // A small world may take less than the compiler has given back since.
            WorldBytes = Math.Max(
                0, slices.Max(static slice => slice.ResidentBytes) - totals.EmptyResidentBytes),
            Leaks = totals.Leaks,
        };
    }
}
