namespace Arena;

/// <summary>
/// Thrown when memory cannot be served: the reservation, the budget, a pool's maximum or the operating system is at its
/// limit. The call that throws it has changed nothing.
/// </summary>
public sealed class ArenaOutOfMemoryException : OutOfMemoryException
{
    internal ArenaOutOfMemoryException(string message, nuint requestedBytes)
        : base(message) => RequestedBytes = requestedBytes;

    /// <summary>The number of bytes that were requested.</summary>
    public nuint RequestedBytes { get; }

    /// <summary>Whether the arena's budget stood in the way, and nothing else.</summary>
    internal bool IsOfBudget { get; init; }
}
