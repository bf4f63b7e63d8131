namespace Arena;

/// <summary>Options of an <see cref="ArenaHistory"/>.</summary>
/// <example><code>
/// var options = new ArenaHistoryOptions { ComparesAddresses = true };
/// using var history = ArenaHistory.Attach(arena, frames: 8, options);
/// </code></example>
public sealed record ArenaHistoryOptions
{
    /// <summary>
    /// True if <see cref="ArenaHistory.Checksum"/> takes words that are addresses inside the arena as they are. By
    /// default it is false, and such a word counts from the arena's first address, so that two machines whose arenas
    /// lie at different addresses agree. A word that only looks like such an address counts in the same way.
    /// </summary>
    public bool ComparesAddresses { get; init; }

    /// <summary>
    /// The mechanism that finds changed pages. With <see cref="HistoryMechanism.WriteTracking"/>, Attach throws if the
    /// system does not have it.
    /// </summary>
    public HistoryMechanism Mechanism { get; init; }
}
