namespace Arena.Pools;

/// <summary>The outcome of one call of <see cref="RelocatableHeap.Compact"/> .</summary>
/// <param name="MovedBytes">Bytes that were copied from one place to another.</param>
/// <param name="FreedBytes">Bytes of storage that went back to the operating system.</param>
/// <param name="IsDone">
/// True if another call with the same bound would gain nothing. Allocations that are pinned, or larger than the bound,
/// stay where they are.
/// </param>
/// <example>
/// <code>
/// CompactionResult result = movable.Compact(64 &lt;&lt; 10);         // once a frame, until it is done
/// Console.WriteLine($"{result.MovedBytes} bytes moved, {result.FreedBytes} given back");
/// </code>
/// </example>
public readonly record struct CompactionResult(nuint MovedBytes, nuint FreedBytes, bool IsDone);
