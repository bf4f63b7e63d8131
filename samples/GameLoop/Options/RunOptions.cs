namespace GameLoop.Options;

/// <summary>The parsed command line.</summary>
internal sealed record RunOptions
{
    private const int FramesOfCapture = 500;

    public required IReadOnlyList<Backend> Backends { get; init; }

    /// <summary>The number of measured frames, after those that warm up.</summary>
    public required int Frames { get; init; }

    /// <summary>True if fewer frames are enough when they take long: no number was asked for.</summary>
    public bool MayStopEarly { get; init; }

    public required int Entities { get; init; }

    /// <summary>Threads that step one world together, as a job system, beside the backends; 1 for none.</summary>
    public required int Threads { get; init; }

    /// <summary>Threads of the job system in this process; 0 where there is none.</summary>
    public int JobThreads { get; init; }

    /// <summary>Sectors of the world, and threads if more than one; not more than there are entities.</summary>
    public int Sectors { get; init; } = 1;

    public required ulong Seed { get; init; }

    /// <summary>Share of frees to forget, 0 to 1.</summary>
    public required double LeakRate { get; init; }

    /// <summary>Level changes to play in place of frames; 0 for none.</summary>
    public int Levels { get; init; }

    /// <summary>Frames to go back in the sync test, which is played in place of the others; 0 for none.</summary>
    public int Rollback { get; init; }

    /// <summary>True if the gc backend runs under its other settings too.</summary>
    public bool ComparesGcSettings { get; init; }

    /// <summary>The settings of the gc backend in this process.</summary>
    public GcSetting GcSetting { get; init; }

    /// <summary>True if churn is measured after the frames.</summary>
    public bool MeasuresChurn => LeakRate == 0 && MetricsPort is null && Sectors == 1 && Threads == 1;

    /// <summary>True if the running game is shown in the terminal.</summary>
    public bool Views { get; init; }

    /// <summary>The path of a picture of the world as SVG; null for none.</summary>
    public string? StillPath { get; init; }

    /// <summary>The port of this machine on which to serve metrics of the arena backend; null for none.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>The port of this machine on which to show the capture while it is written; null for none.</summary>
    public int? ServePort { get; init; }

    /// <summary>The path of a capture of the arena backend's memory; null for none.</summary>
    public string? CapturePath { get; init; }

    /// <summary>The frames that a capture plays: tracking takes time, and a trend needs no more.</summary>
    public int CapturedFrames => MayStopEarly ? Math.Min(Frames, FramesOfCapture) : Frames;

    /// <summary>The path of the result as JSON; null for none.</summary>
    public string? JsonPath { get; init; }

    /// <summary>The path of the result as an HTML page; null for none.</summary>
    public string? ReportPath { get; init; }

    /// <summary>The names of the options that the command line has, in the order of the help.</summary>
    public IReadOnlyList<string> Given { get; init; } = [];

    /// <summary>True if this process is the child that runs one backend and hands the result to its parent.</summary>
    public bool IsChild { get; init; }
}
