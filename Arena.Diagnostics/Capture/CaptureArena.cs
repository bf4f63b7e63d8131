namespace Arena.Diagnostics;

/// <summary>An arena in a capture.</summary>
/// <example>
/// <code>
/// foreach (CaptureArena each in capture.Arenas)
///     Console.WriteLine(each);
/// </code>
/// </example>
public sealed record CaptureArena
{
    /// <summary>Its number in the capture, from 0 on.</summary>
    public int Number { get; init; }

    /// <summary>Its name.</summary>
    public string Name { get; init; } = "(unknown)";

    /// <summary>The first address that it can lend.</summary>
    public ulong BaseAddress { get; init; }

    /// <summary>Bytes of addresses that it can lend.</summary>
    public long ReservedBytes { get; init; }

    /// <summary>The ceiling on its committed bytes; 0 where none was set.</summary>
    public long BudgetBytes { get; init; }

    /// <summary>Bytes from one sampling point of its tracker to the next; 0 where everything was tracked.</summary>
    public long SampleBytes { get; init; }

    /// <summary>When its tracker was attached; negative if before the capture.</summary>
    public double AttachedSeconds { get; init; }

    /// <summary>Its totals over time; the last is as recent as the file.</summary>
    public IReadOnlyList<CaptureTotals> Totals { get; init; } = [];

    /// <summary>Its frames in order, each alone or several added up.</summary>
    public IReadOnlyList<CaptureFrames> Frames { get; init; } = [];

    /// <summary>Its allocators, including those that are gone.</summary>
    public IReadOnlyList<CaptureAllocator> Allocators { get; init; } = [];

    /// <summary>Name and sizes.</summary>
    public override string ToString() =>
        $"arena '{Name}', {Allocators.Count} allocators, {(Totals.Count == 0 ? 0 : Totals[^1].LiveBytes)} bytes live";
}
