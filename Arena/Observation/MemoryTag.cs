namespace Arena;

/// <summary>
/// Sets the accounting category of allocations in a stretch of code: <c>using (MemoryTag.Begin("ai")) ...</c>. Scopes
/// nest; the innermost counts. An allocator that has a <see cref="Allocator.Tag"/> of its own keeps it in every scope.
/// </summary>
/// <remarks>
/// The scope belongs to the thread. It does not follow an <c>await</c>, a task or a job to another thread: a scope is a
/// ref struct, so the compiler refuses one that would live across an <c>await</c>. It costs a thread-static read and
/// write at each end, attached or not, and allocations pay nothing for it while nothing is attached.
/// </remarks>
/// <example>
/// <code>
/// using (MemoryTag.Begin("physics"))
/// {
///     var contacts = heap.AllocateSpan&lt;float&gt;(100);   // counted as physics
///     heap.FreeSpan(contacts);
/// }
/// </code>
/// </example>
public static class MemoryTag
{
    [ThreadStatic]
    private static string? current;

    // A program without scopes should not pay for a thread-static read in every observed allocation.
    private static bool everUsed;

    /// <summary>The innermost scope's tag on this thread; null outside.</summary>
    public static string? Current => everUsed ? current : null;

    /// <summary>Enters a scope, until the returned value is disposed on the same thread.</summary>
    /// <param name="tag">The name of the category; a literal is found fastest.</param>
    /// <exception cref="ArgumentException">The tag is empty or blank.</exception>
    public static MemoryTagScope Begin(string tag)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tag);
        return new MemoryTagScope(tag);
    }

    internal static string? Exchange(string? tag)
    {
        everUsed = true;
        var outer = current;
        current = tag;
        return outer;
    }
}
