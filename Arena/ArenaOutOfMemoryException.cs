namespace Arena;

/// <summary>
/// Thrown when memory cannot be served: the reservation, the budget, a pool's maximum or the operating system is at its
/// limit. The call that throws it has changed nothing.
/// </summary>
/// <example>
/// <code>
/// try
/// {
///     heap.AllocateSpan&lt;byte&gt;(int.MaxValue);
/// }
/// catch (ArenaOutOfMemoryException refusal)
/// {
///     Console.WriteLine($"{refusal.RequestedBytes} bytes: {refusal.Message}");
/// }
/// </code>
/// </example>
public sealed class ArenaOutOfMemoryException : OutOfMemoryException
{
    internal ArenaOutOfMemoryException(string message, nuint requestedBytes)
        : base(message) => RequestedBytes = requestedBytes;

    /// <summary>The number of bytes that were requested.</summary>
    public nuint RequestedBytes { get; }

    /// <summary>True if only the arena's budget was in the way.</summary>
    internal bool IsOfBudget { get; init; }
}
