namespace Arena.Diagnostics;

/// <summary>
/// A line of source under a tag in a capture: its live bytes over time, and its counters up to the last
/// moment. If a sample was tracked, the numbers are estimates.
/// </summary>
/// <example>
/// <code>
/// foreach (CaptureSite site in capture.Sites.OrderByDescending(site =&gt; site.LiveBytes))
///     Console.WriteLine($"{site.LiveBytes} bytes from {site.File}:{site.Line}");
/// </code>
/// </example>
public sealed record CaptureSite
{
    /// <summary>The source file, as the compiler knew it.</summary>
    public string File { get; init; } = "(unknown)";

    /// <summary>The line in it.</summary>
    public int Line { get; init; }

    /// <summary>The member that the line is in.</summary>
    public string Member { get; init; } = "";

    /// <summary>The line of source, as one value.</summary>
    public SourceLine Source => new(File, Line, Member);

    /// <summary>The accounting category; null if none was set.</summary>
    public string? Tag { get; init; }

    /// <summary>Live bytes at each of <see cref="MemoryCapture.SampleSeconds"/>.</summary>
    public IReadOnlyList<long> Bytes { get; init; } = [];

    /// <summary>Live allocations at each of <see cref="MemoryCapture.SampleSeconds"/>.</summary>
    public IReadOnlyList<long> Counts { get; init; } = [];

    /// <summary>Live allocations at the last moment.</summary>
    public long LiveCount { get; init; }

    /// <summary>Live bytes at the last moment.</summary>
    public long LiveBytes { get; init; }

    /// <summary>One standard error of <see cref="LiveBytes"/>; 0 if everything was tracked.</summary>
    public long LiveBytesError { get; init; }

    /// <summary>Allocations made.</summary>
    public long Allocations { get; init; }

    /// <summary>Their bytes.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Allocations that did not outlive the frame they were made in.</summary>
    public long ShortLived { get; init; }

    /// <summary>Their bytes.</summary>
    public long ShortLivedBytes { get; init; }

    /// <summary>The sum of the lifetimes of freed allocations, in frames.</summary>
    public long LifetimeFrames { get; init; }

    /// <summary>Age of the oldest live allocation in frames when the capture was ended; null if it was not.</summary>
    public long? OldestFrames { get; init; }

    /// <summary>Age of the oldest live allocation in seconds; null as <see cref="OldestFrames"/>.</summary>
    public double? OldestSeconds { get; init; }

    /// <summary>Mean age of the live allocations in seconds when the capture was ended; null if it was not.</summary>
    public double? MeanAgeSeconds { get; init; }

    /// <summary>Stacks of those live allocations that have one, when the capture was ended.</summary>
    public IReadOnlyList<LeakStackTrace> Stacks { get; init; } = [];

    /// <summary>The number of allocations freed.</summary>
    public long Frees => Math.Max(0, Allocations - Math.Max(0, LiveCount));

    /// <summary>The mean lifetime of freed allocations, in frames.</summary>
    public double MeanLifetimeFrames => Frees == 0 ? 0 : LifetimeFrames / (double)Frees;

    /// <summary>The likelihood of a leak, computed like <see cref="LeakSite.LeakLikelihood"/>.</summary>
    public double LeakLikelihood => Math.Max(0, 1 - (Frees + 1.0) / (Math.Max(0, LiveCount) + 2.0));

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        $"{LiveBytes} bytes in {LiveCount} from {Source}"
        + (Tag is null ? "" : $", tag '{Tag}'");
}
