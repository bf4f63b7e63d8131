namespace GameLoop.Backends;

/// <summary>A view of a world's memory at one moment.</summary>
/// <param name="Uses">The live bytes by tag.</param>
/// <param name="HeapMap">
/// The live share of each piece of the heap's addresses, in percent and in the order of addresses; pieces that the
/// heap does not have are left out.
/// </param>
internal sealed record MemoryLook(IReadOnlyList<MemoryUse> Uses, IReadOnlyList<int> HeapMap)
{
    public static MemoryLook None { get; } = new([], []);
}
