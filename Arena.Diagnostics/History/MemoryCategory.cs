namespace Arena.Diagnostics;

/// <summary>The live bytes of a category (a call site, a tag) in every cell of a <see cref="MemoryRecord"/>.</summary>
/// <param name="Name">The name; <c>(not told apart)</c> has the bytes of no category.</param>
/// <param name="LiveBytes">The mean in each cell. The categories of a kind add up to the live bytes.</param>
/// <param name="FloorBytes">The lowest live bytes in each cell.</param>
/// <example>
/// <code>
/// foreach (MemoryCategory site in record.Sites)
///     Console.WriteLine(site);
/// </code>
/// </example>
public sealed record MemoryCategory(string Name, IReadOnlyList<double> LiveBytes, IReadOnlyList<double> FloorBytes)
{
    /// <summary>The name, and the last mean.</summary>
    public override string ToString() => LiveBytes.Count > 0
        ? FormattableString.Invariant($"{Name}: {LiveBytes[^1]:0} bytes live")
        : Name;
}
