namespace Arena.Diagnostics;

/// <summary>A notice that a tag reached a ceiling.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="IsHard">True if the allocation is refused.</param>
/// <param name="Bytes">Bytes alive under the tag, including the requested ones unless they are refused.</param>
/// <param name="CeilingBytes">The ceiling.</param>
/// <param name="RequestedBytes">The bytes that were refused; 0 if none were.</param>
/// <param name="Allocator">The allocator that was called.</param>
/// <example>
/// <code>
/// static void Warn(BudgetNotice notice) =&gt; Console.WriteLine(notice);
/// tracker.SetBudget("ai", new MemoryBudget { HardBytes = 16 &lt;&lt; 20, Exceeded = Warn });
/// </code>
/// </example>
public sealed record BudgetNotice(
    string Tag, bool IsHard, nuint Bytes, nuint CeilingBytes, nuint RequestedBytes, string Allocator)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => IsHard
        ? $"tag '{Tag}': {RequestedBytes} bytes from {Allocator} refused, {Bytes} of {CeilingBytes} are alive"
        : $"tag '{Tag}': {Bytes} bytes alive, above the soft budget of {CeilingBytes}; the last from {Allocator}";
}
