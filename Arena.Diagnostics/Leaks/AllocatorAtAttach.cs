namespace Arena.Diagnostics;

/// <summary>
/// What lived in an allocator when the tracker was attached, read from its bitmaps. From which lines it came is not
/// known.
/// </summary>
/// <param name="Allocator">Kind and name.</param>
/// <param name="Tag">The allocator's own tag at that time.</param>
/// <param name="CountAtAttach">Allocations that were alive.</param>
/// <param name="BytesAtAttach">Their bytes.</param>
/// <param name="Count">Of these, those that are alive still; null where a sample is tracked, which cannot tell.</param>
/// <param name="Bytes">Their bytes; null there too.</param>
public sealed record AllocatorAtAttach(
    string Allocator, string? Tag, int CountAtAttach, nuint BytesAtAttach, int? Count, nuint? Bytes)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => Count is null
        ? $"{Allocator}: {BytesAtAttach} bytes in {CountAtAttach} when attached"
        : $"{Allocator}: {BytesAtAttach} bytes in {CountAtAttach} when attached, {Bytes} in {Count} still alive";
}
