namespace Arena;

/// <summary>
/// Memory that cannot be served: the reservation, the budget, a pool's maximum or the operating system ended it.
/// Nothing was changed by the call that throws it.
/// </summary>
public sealed class ArenaOutOfMemoryException : OutOfMemoryException
{
    internal ArenaOutOfMemoryException(string message, nuint requestedBytes)
        : base(message) => RequestedBytes = requestedBytes;

    /// <summary>Bytes that were asked for.</summary>
    public nuint RequestedBytes { get; }
}
