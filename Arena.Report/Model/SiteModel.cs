using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>A line of source under a tag, with its part in the growth.</summary>
internal sealed record SiteModel
{
    /// <summary>The name, such as <c>Mesh.cs:118 (Load)</c>.</summary>
    public required string Name { get; init; }

    public string File { get; init; } = "";

    public int Line { get; init; }

    public string Member { get; init; } = "";

    public string? Tag { get; init; }

    public long LiveBytes { get; init; }

    public long LiveCount { get; init; }

    /// <summary>One standard error of the live bytes; 0 if everything was tracked.</summary>
    public long LiveBytesError { get; init; }

    public long Allocations { get; init; }

    public long AllocatedBytes { get; init; }

    /// <summary>Allocations that died in the frame they were made in.</summary>
    public long ShortLived { get; init; }

    public long ShortLivedBytes { get; init; }

    public double MeanLifetimeFrames { get; init; }

    public double LeakLikelihood { get; init; }

    public double? OldestSeconds { get; init; }

    public double? MeanAgeSeconds { get; init; }

    public TrendVerdict Verdict { get; init; }

    /// <summary>The slope; the slopes of all sites add up to that of the whole.</summary>
    public double SlopeBytesPerSecond { get; init; }

    public double? SlopeLowerBytesPerSecond { get; init; }

    public double? SlopeUpperBytesPerSecond { get; init; }

    public double Probability { get; init; } = 1;

    /// <summary>The share in the slope of the whole; 0 if that is 0.</summary>
    public double Share { get; init; }

    /// <summary>True if it is shown to grow, corrected for the number of tested sites.</summary>
    public bool Grows { get; init; }

    /// <summary>Allocations alive after everything was closed; null if no mark says when.</summary>
    public long? LeftCount { get; init; }

    public long? LeftBytes { get; init; }

    /// <summary>Live bytes over the window, a few dozen values at even distances.</summary>
    public IReadOnlyList<long> Spark { get; init; } = [];

    public IReadOnlyList<StackModel> Stacks { get; init; } = [];
}

/// <param name="Count">Live allocations with this stack.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Frames">The frames, from the line that allocated outwards.</param>
internal sealed record StackModel(int Count, long Bytes, IReadOnlyList<string> Frames);
