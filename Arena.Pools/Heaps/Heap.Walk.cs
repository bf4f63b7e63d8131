namespace Arena.Pools;

public sealed unsafe partial class Heap
{
    /// <summary>The steps of its searches, for tests.</summary>
    internal long SearchSteps => _threadHeap!.Steps;

    internal override void Walk(IMemoryVisitor visitor) => Show(this, Allocations(), visitor);

    /// <summary>Shows the blocks of a heap and what lives in them.</summary>
    internal static void Show(Allocator heap, AllocationWalk allocations, IMemoryVisitor visitor)
    {
        var blocks = new OwnBlocks(heap, visitor);
        foreach (var allocation in allocations)
        {
            blocks.ShowUpTo((nuint)allocation.Address);
            visitor.Live((nuint)allocation.Address, allocation.ByteCount);
        }
        blocks.ShowRest();
    }
}
