namespace Arena.Diagnostics;

/// <summary>The options of a <see cref="MemorySampler"/>.</summary>
public sealed record MemorySamplerOptions
{
    internal const int CellsMin = 64;
    internal const int CategoriesMax = 65_536;

    /// <summary>The time between samples of <see cref="MemorySampler.SampleIfDue"/>; one second by default.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The number of cells kept, an even number from 64 to 65,536; 1,024 by default. A cell takes 64 bytes, and 16 for
    /// each category.
    /// </summary>
    public int MaximumCells { get; init; } = 1024;

    /// <summary>
    /// The number of categories of each kind kept apart, 1 to 65,536; 1,024 by default. Later categories are added up.
    /// </summary>
    public int MaximumCategories { get; init; } = 1024;

    /// <summary>Divides live bytes by tag; null for no division.</summary>
    public IMemoryBreakdown? Tags { get; init; }

    /// <summary>Divides live bytes by call site; null for no division.</summary>
    public IMemoryBreakdown? Sites { get; init; }

    /// <summary>The file to write every sample to, which must not exist; null for none.</summary>
    public string? FilePath { get; init; }

    /// <summary>
    /// The size at which the file is rewritten from merged cells; 64 MiB by default. A file whose cells alone take more
    /// than half of that grows to twice their size.
    /// </summary>
    public long MaximumFileBytes { get; init; } = 64 << 20;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal static bool IsCellCount(int cells) => cells is >= CellsMin and <= 65_536 && cells % 2 == 0;

    internal void Check()
    {
        if (Interval <= TimeSpan.Zero)
            throw OutOfRange(nameof(Interval), Interval, "longer than zero");
        if (!IsCellCount(MaximumCells))
            throw OutOfRange(nameof(MaximumCells), MaximumCells, "an even number from 64 to 65,536");
        if (MaximumCategories is < 1 or > CategoriesMax)
            throw OutOfRange(nameof(MaximumCategories), MaximumCategories, "1 to 65,536");
        if (MaximumFileBytes < 4096)
            throw OutOfRange(nameof(MaximumFileBytes), MaximumFileBytes, "4,096 or more");
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }

    private static ArgumentOutOfRangeException OutOfRange(string option, object value, string range) =>
        new(option, value, $"{option} must be {range}.");
}
