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
    /// <summary>The arena's number in the capture, from 0 on.</summary>
    public int Number { get; init; }

    /// <summary>The arena's name.</summary>
    public string Name { get; init; } = "(unknown)";

    /// <summary>The first address that it can lend.</summary>
    public ulong BaseAddress { get; init; }

    /// <summary>Bytes of addresses that it can lend.</summary>
    public long ReservedBytes { get; init; }

    /// <summary>The ceiling on its committed bytes; 0 if none was set.</summary>
    public long BudgetBytes { get; init; }

    /// <summary>The bytes from one sampling point of its tracker to the next; 0 if everything was tracked.</summary>
    public long SampleBytes { get; init; }

    /// <summary>The time at which its tracker was attached; negative if before the capture.</summary>
    public double AttachedSeconds { get; init; }

    /// <summary>The arena's totals over time; the last is as recent as the file.</summary>
    public IReadOnlyList<CaptureTotals> Totals { get; init; } = [];

    /// <summary>The arena's frames in order, each alone or several added up.</summary>
    public IReadOnlyList<CaptureFrames> Frames { get; init; } = [];

    /// <summary>The arena's allocators, including disposed ones.</summary>
    public IReadOnlyList<CaptureAllocator> Allocators { get; init; } = [];

    /// <summary>Name and sizes.</summary>
    public override string ToString() =>
        $"arena '{Name}', {Allocators.Count} allocators, {(Totals.Count == 0 ? 0 : Totals[^1].LiveBytes)} bytes live";
}
