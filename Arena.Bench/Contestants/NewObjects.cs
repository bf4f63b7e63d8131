using System.Runtime.CompilerServices;

namespace Arena.Bench.Contestants;

/// <summary><c>new</c>; a free is forgetting it, and the collector's work is part of the price.</summary>
internal readonly struct NewObjects : ISlots<NewObjects.Reference>
{
    // A game keeps what it makes. Without this store the JIT would put the object on the stack.
    public static NodeObject? Kept;

    public static ref ulong Word(Reference slot) => ref slot.Object.Node.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Reference Allocate()
    {
        var made = new NodeObject();
        Kept = made;
        return new Reference(made);
    }

    public void Free(Reference slot)
    {
    }

    internal readonly record struct Reference(NodeObject Object);
}
