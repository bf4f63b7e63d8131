namespace Arena.Diagnostics;

/// <summary>Ceilings on the live bytes of one tag; see <see cref="LeakTracker.SetBudget"/>.</summary>
/// <example>
/// <code>
/// tracker.SetBudget("ai", new MemoryBudget
/// {
///     SoftBytes = 8 &lt;&lt; 20,
///     Exceeded = notice =&gt; Console.WriteLine(notice),
/// });
/// </code>
/// </example>
public sealed record MemoryBudget
{
    /// <summary>
    /// The number of bytes above which <see cref="Exceeded"/> is called, once each time that it is passed from below; 0
    /// for none.
    /// </summary>
    public nuint SoftBytes { get; init; }

    /// <summary>The number of bytes beyond which an allocation is refused, as if out of memory; 0 for none.</summary>
    public nuint HardBytes { get; init; }

    /// <summary>
    /// Called on the allocating thread, inside the allocator's call: log, set a flag, break into the debugger. It must
    /// not allocate from or free to the allocator; free at the end of the frame.
    /// </summary>
    public Action<BudgetNotice>? Exceeded { get; init; }
}
