using System.Globalization;

namespace Arena.Diagnostics;

/// <summary>
/// A line of source under a tag, and its live allocations. If a sample is tracked, counts and bytes are estimates.
/// </summary>
/// <example>
/// <code>
/// foreach (LeakSite site in tracker.Report().Sites)
///     Console.WriteLine($"{site.Bytes} bytes from {site.File}:{site.Line}, tag {site.Tag ?? "none"}");
/// </code>
/// </example>
public sealed record LeakSite
{
    /// <summary>The source file, as the compiler knew it.</summary>
    public required string File { get; init; }

    /// <summary>The line in it.</summary>
    public required int Line { get; init; }

    /// <summary>The member that the line is in.</summary>
    public required string Member { get; init; }

    /// <summary>The line of source, as one value.</summary>
    public SourceLine Source => new(File, Line, Member);

    /// <summary>The accounting category; null if none was set.</summary>
    public string? Tag { get; init; }

    /// <summary>Live allocations.</summary>
    public required int Count { get; init; }

    /// <summary>Their bytes, as granted.</summary>
    public required nuint Bytes { get; init; }

    /// <summary>One standard error of <see cref="Bytes"/>; 0 if everything is tracked.</summary>
    public double BytesError { get; init; }

    /// <summary>The age of the oldest live allocation, in frames; 0 if frames are not marked.</summary>
    public long OldestFrames { get; init; }

    /// <summary>Age of the oldest live allocation.</summary>
    public TimeSpan OldestAge { get; init; }

    /// <summary>Mean age of the live allocations.</summary>
    public TimeSpan MeanAge { get; init; }

    /// <summary>Allocations made here since attaching.</summary>
    public long Allocations { get; init; }

    /// <summary>Their bytes.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Allocations freed, of <see cref="Allocations"/>.</summary>
    public long Frees { get; init; }

    /// <summary>The mean lifetime of freed allocations, in frames; 0 if frames are not marked.</summary>
    public double MeanLifetimeFrames { get; init; }

    /// <summary>The number of freed allocations that did not outlive the frame in which they were made.</summary>
    public long ShortLived { get; init; }

    /// <summary>Bytes of <see cref="ShortLived"/>, a measure of the savings that frame memory would bring.</summary>
    public long ShortLivedBytes { get; init; }

    /// <summary>
    /// The likelihood of a leak: 1 - (frees + 1) / (allocations - frees + 2), at least 0. It is near 1 if this line
    /// allocates much and hardly any of it is freed (Laplace's rule as Scalene uses it; Berger et al., OSDI 2023). A
    /// cache that is filling looks the same.
    /// </summary>
    public double LeakLikelihood =>
        Math.Max(0, 1 - (Frees + 1.0) / (Math.Max(0, Allocations - Frees) + 2.0));

    /// <summary>The stacks that led here, of the live allocations that have one; most bytes first.</summary>
    public IReadOnlyList<LeakStackTrace> Stacks { get; init; } = [];

    /// <summary>One line for a log.</summary>
    public override string ToString()
    {
        var error = BytesError > 0 ? string.Create(CultureInfo.InvariantCulture, $" ± {BytesError:F0}") : "";
        var tag = Tag is null ? "" : $", tag '{Tag}'";
        var age = OldestFrames > 0 ? $", oldest {OldestFrames} frames" : "";
        return $"{Bytes}{error} bytes in {Count} from {Source}{tag}{age}";
    }
}
