using GameLoop.Backends;

namespace GameLoop.Measurement;

/// <summary>The measurements of one backend; serialized as they are (camel case).</summary>
internal sealed record BackendRun
{
    public required string Backend { get; init; }

    public required int Frames { get; init; }

    public required int Entities { get; init; }

    /// <summary>
    /// The checksum of the world after all frames, equal on all backends. Sixteen hexadecimal digits.
    /// </summary>
    public required string Checksum { get; init; }

    public required FrameTimes FrameMs { get; init; }

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

    public required LeakTally Leaks { get; init; }
}
