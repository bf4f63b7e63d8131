namespace Arena.Diagnostics;

/// <summary>What an <see cref="ArenaMetrics"/> is made with.</summary>
public sealed record ArenaMetricsOptions
{
    /// <summary>
    /// Counts every allocation, for <c>arena.allocations</c>, <c>arena.frees</c> and <c>arena.memory.allocated</c>,
    /// which are not there without. Costs some tens of nanoseconds an allocation, as an attached observer does.
    /// </summary>
    public bool CountsAllocations { get; init; }

    /// <summary>
    /// The shortest time between two readings of <see cref="ArenaMetrics.Update"/>; one second at first.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The most bytes that may be used, <c>arena.memory.limit</c>; null takes the arena's budget, or what it reserved.
    /// </summary>
    public long? LimitBytes { get; init; }

    /// <summary>
    /// Divides <c>arena.memory.usage</c> by tag; what belongs to none is a series without the attribute. Null for none.
    /// </summary>
    public IMemoryParts? Tags { get; init; }

    /// <summary>
    /// Tags that are a series each, 1 or more; 100 at first. A series ends when nothing is alive under its tag. While
    /// more tags are alive than that, those that came later are added up as <c>(other tags)</c>.
    /// </summary>
    public int MaximumTags { get; init; } = 100;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Check() => ArgumentOutOfRangeException.ThrowIfLessThan(MaximumTags, 1);
}
