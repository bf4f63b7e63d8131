namespace Arena.Diagnostics;

/// <summary>Ceilings on the bytes that are alive under one tag; see <see cref="LeakTracker.SetBudget"/>.</summary>
public sealed record MemoryBudget
{
    /// <summary>
    /// Bytes above which <see cref="Exceeded"/> is called, once each time they pass it from below; 0 for none.
    /// </summary>
    public nuint SoftBytes { get; init; }

    /// <summary>Bytes beyond which an allocation is refused, as if out of memory; 0 for none.</summary>
    public nuint HardBytes { get; init; }

    /// <summary>
    /// Called on the allocating thread, inside the allocator's call: log, set a flag, break into the debugger. It must
    /// not allocate from or free to the allocator; free at the end of the frame.
    /// </summary>
    public Action<BudgetNotice>? Exceeded { get; init; }
}
