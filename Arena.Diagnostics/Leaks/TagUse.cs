namespace Arena.Diagnostics;

/// <summary>What is alive under a tag, from before the attaching too where an allocator has the tag.</summary>
/// <param name="Tag">The tag; null for what has none.</param>
/// <param name="Count">Live allocations.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Budget">Its ceilings; null where none were set.</param>
/// <param name="Refusals">Allocations that the hard ceiling forbade.</param>
public sealed record TagUse(string? Tag, int Count, nuint Bytes, MemoryBudget? Budget, long Refusals)
{
    /// <summary>One line for a log.</summary>
    public override string ToString()
    {
        var budget = Budget switch
        {
            null => "",
            { HardBytes: > 0 } => $" of at most {Budget.HardBytes}, {Refusals} refused",
            _ => $" of {Budget.SoftBytes} wanted at most",
        };
        return $"{(Tag is null ? "no tag" : $"tag '{Tag}'")}: {Bytes} bytes in {Count}{budget}";
    }
}
