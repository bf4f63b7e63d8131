namespace Arena.Pools;

public sealed unsafe partial class Heap
{
    internal override void Walk(IMemoryVisitor visitor)
    {
        var blocks = new OwnBlocks(this, visitor);
        foreach (var allocation in Allocations())
        {
            blocks.ShowUpTo((nuint)allocation.Address);
            visitor.Live((nuint)allocation.Address, allocation.ByteCount);
        }
        blocks.ShowRest();
    }
}
