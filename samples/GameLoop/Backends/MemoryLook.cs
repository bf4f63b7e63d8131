namespace GameLoop.Backends;

/// <summary>What a world's memory looks like at one moment.</summary>
/// <param name="Uses">The live bytes by tag.</param>
/// <param name="HeapMap">
/// How full each piece of the heap's addresses is, from 0 to 100, in the order of addresses; pieces that the heap does
/// not have are left out.
/// </param>
internal sealed record MemoryLook(IReadOnlyList<MemoryUse> Uses, IReadOnlyList<int> HeapMap)
{
    public static MemoryLook None { get; } = new([], []);
}
