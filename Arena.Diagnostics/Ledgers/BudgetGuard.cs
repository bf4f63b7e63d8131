namespace Arena.Diagnostics;

/// <summary>Checks a tracker's budgets before an allocation is made; attached with the first budget.</summary>
internal sealed class BudgetGuard(TagTable tags) : IAllocationVeto
{
    string? IAllocationVeto.WhyRefused(Allocator allocator, nuint byteCount)
    {
        var name = allocator.Tag ?? MemoryTag.Current;
        return string.IsNullOrEmpty(name) ? null : tags.Of(name).Account?.WhyRefused(allocator, byteCount);
    }

    void IAllocationVeto.Withdrawn(Allocator allocator) => TagAccount.Withdraw();

    void IAllocationObserver.Allocated(in AllocationEvent allocation)
    {
    }

    void IAllocationObserver.Freed(Allocator allocator, nuint address, nuint byteCount)
    {
    }

    void IAllocationObserver.Cleared(Allocator allocator)
    {
    }
}
