namespace Arena.Diagnostics;

/// <summary>
/// The allocations that were alive in an allocator when the tracker was attached, read from its bitmaps. The lines that
/// allocated them are unknown.
/// </summary>
/// <param name="Allocator">Kind and name.</param>
/// <param name="Tag">The allocator's own tag at that time.</param>
/// <param name="CountAtAttach">Allocations that were alive.</param>
/// <param name="BytesAtAttach">Their bytes.</param>
/// <param name="Count">Allocations among them that are still alive; null if a sample is tracked.</param>
/// <param name="Bytes">Bytes among them that are still alive; null if a sample is tracked.</param>
/// <example>
/// <code>
/// foreach (AllocatorAtAttach before in tracker.Report().BeforeAttach)
///     Console.WriteLine(before);                      // alive before the tracker was attached
/// </code>
/// </example>
public sealed record AllocatorAtAttach(
    string Allocator, string? Tag, int CountAtAttach, nuint BytesAtAttach, int? Count, nuint? Bytes)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => Count is null
        ? $"{Allocator}: {BytesAtAttach} bytes in {CountAtAttach} when attached"
        : $"{Allocator}: {BytesAtAttach} bytes in {CountAtAttach} when attached, {Bytes} in {Count} still alive";
}
