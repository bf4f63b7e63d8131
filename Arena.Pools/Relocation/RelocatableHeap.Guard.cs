namespace Arena.Pools;

// Poison of a guarded arena: new contents and those of freed allocations are filled, so that a span that was kept too
// long shows the pattern. There are no zones and no quarantine: allocations lie side by side to be moved, and their
// headers notice a write past the end.
public sealed unsafe partial class RelocatableHeap
{
    internal override bool CanBeGuarded => true;

    private void FillIfGuarded(RelocatableBlock* block, byte pattern)
    {
        if (Guard is not { Options.Poison: true })
            return;
        var contents = (nuint)RelocatableBlock.Contents(block);
        GuardPattern.Fill(contents, contents + RelocatableBlock.Length(block), pattern);
    }
}
