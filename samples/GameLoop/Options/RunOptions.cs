namespace GameLoop.Options;

/// <summary>The parsed command line.</summary>
internal sealed record RunOptions
{
    public required IReadOnlyList<Backend> Backends { get; init; }

    /// <summary>The number of measured frames, after those that warm up.</summary>
    public required int Frames { get; init; }

    public required int Entities { get; init; }

    /// <summary>Sectors of the world, and threads if more than one; not more than there are entities.</summary>
    public required int Threads { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Share of frees to forget, 0 to 1.</summary>
    public required double LeakRate { get; init; }

    /// <summary>Level changes to play in place of frames; 0 for none.</summary>
    public int Levels { get; init; }

    /// <summary>Frames to go back in the sync test, which is played in place of the others; 0 for none.</summary>
    public int Rollback { get; init; }

    /// <summary>The port of this machine on which to serve metrics of the arena backend; null for none.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>The path of a capture of the arena backend's memory; null for none.</summary>
    public string? CapturePath { get; init; }

    /// <summary>The path of the result as JSON; null for none.</summary>
    public string? JsonPath { get; init; }

    /// <summary>The path of the result as an HTML page; null for none.</summary>
    public string? ReportPath { get; init; }

    /// <summary>True if this process is the child that runs one backend and hands the result to its parent.</summary>
    public bool IsChild { get; init; }
}
