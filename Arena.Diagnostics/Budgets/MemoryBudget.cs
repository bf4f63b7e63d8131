namespace Arena.Diagnostics;

/// <summary>Ceilings on the bytes that are alive under one tag; see <see cref="LeakTracker.SetBudget"/>.</summary>
public sealed record MemoryBudget
{
    /// <summary>
    /// Bytes from which <see cref="Exceeded"/> is told, once each time they are reached from below; 0 is none.
    /// </summary>
    public nuint SoftBytes { get; init; }

    /// <summary>Bytes beyond which an allocation is refused, as want of memory; 0 is none.</summary>
    public nuint HardBytes { get; init; }

    /// <summary>
    /// Told on the allocating thread, inside the allocator's call: log, set a flag, break into the debugger. It must
    /// not allocate from or free to the allocator; free at the end of the frame.
    /// </summary>
    public Action<BudgetNotice>? Exceeded { get; init; }
}
