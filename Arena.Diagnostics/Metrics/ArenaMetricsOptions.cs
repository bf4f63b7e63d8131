namespace Arena.Diagnostics;

/// <summary>The options of an <see cref="ArenaMetrics"/>.</summary>
/// <example>
/// <code>
/// var options = new ArenaMetricsOptions { CountsAllocations = true };
/// using var metrics = ArenaMetrics.Observe(arena, options);
/// </code>
/// </example>
public sealed record ArenaMetricsOptions
{
    /// <summary>
    /// True to count every allocation, for <c>arena.allocations</c>, <c>arena.frees</c> and
    /// <c>arena.memory.allocated</c>, which are missing otherwise. It costs some tens of nanoseconds an allocation,
    /// like any attached observer.
    /// </summary>
    public bool CountsAllocations { get; init; }

    /// <summary>
    /// The shortest time between two readings of <see cref="ArenaMetrics.Update"/>; one second by default.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The limit on bytes, <c>arena.memory.limit</c>; null takes the arena's budget or, without one, its reserved
    /// bytes.
    /// </summary>
    public long? LimitBytes { get; init; }

    /// <summary>
    /// Divides <c>arena.memory.usage</c> by tag; bytes without a tag are a series without the attribute. Null for none.
    /// </summary>
    public IMemoryBreakdown? Tags { get; init; }

    /// <summary>
    /// The number of tags with a series of their own, 1 or more; 100 by default. A series ends when nothing is alive
    /// under its tag. While more tags are alive than that, the later ones are added up as <c>(other tags)</c>.
    /// </summary>
    public int MaximumTags { get; init; } = 100;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Check() => ArgumentOutOfRangeException.ThrowIfLessThan(MaximumTags, 1);
}
