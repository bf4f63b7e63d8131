namespace Arena.Diagnostics;

/// <summary>
/// The live allocations under a tag, including those that an allocator with that tag held before attaching.
/// </summary>
/// <param name="Tag">The tag; null for allocations without one.</param>
/// <param name="Count">Live allocations.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Budget">The ceilings of the tag; null if none were set.</param>
/// <param name="Refusals">Allocations that the hard ceiling refused.</param>
/// <example>
/// <code>
/// foreach (TagUse use in tracker.Report().Tags)
///     Console.WriteLine(use);
/// </code>
/// </example>
public sealed record TagUse(string? Tag, int Count, nuint Bytes, MemoryBudget? Budget, long Refusals)
{
    /// <summary>One line for a log.</summary>
    public override string ToString()
    {
        var budget = Budget switch
        {
            null => "",
            { HardBytes: > 0 } => $" of at most {Budget.HardBytes}, {Refusals} refused",
            _ => $", soft budget {Budget.SoftBytes}",
        };
        return $"{(Tag is null ? "no tag" : $"tag '{Tag}'")}: {Bytes} bytes in {Count}{budget}";
    }
}
