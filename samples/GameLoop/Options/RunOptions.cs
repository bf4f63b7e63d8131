namespace GameLoop.Options;

/// <summary>What the command line asks for.</summary>
internal sealed record RunOptions
{
    public required IReadOnlyList<Backend> Backends { get; init; }

    /// <summary>Frames that are measured, after those that warm up.</summary>
    public required int Frames { get; init; }

    public required int Entities { get; init; }

    /// <summary>Sectors of the world, and threads if more than one; not more than there are entities.</summary>
    public required int Threads { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Share of frees to forget, 0 to 1.</summary>
    public required double LeakRate { get; init; }

    /// <summary>The port of this machine on which to serve metrics of the arena backend; null for none.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>Where to write a capture of the arena backend's memory; null for nowhere.</summary>
    public string? CapturePath { get; init; }

    /// <summary>Where to write the result as JSON; null for nowhere.</summary>
    public string? JsonPath { get; init; }

    /// <summary>Where to write the result as an HTML page; null for nowhere.</summary>
    public string? ReportPath { get; init; }

    /// <summary>This process is the child that runs one backend and hands the result to its parent.</summary>
    public bool IsChild { get; init; }
}
