namespace Arena;

/// <summary>
/// A free of something that is not a live allocation of the allocator it was given to: double, foreign,
/// interior, misaligned or stale. Nothing was changed by the call that throws it.
/// </summary>
public sealed class InvalidFreeException : InvalidOperationException
{
    internal InvalidFreeException(string message, nuint address)
        : base(message) => Address = address;

    /// <summary>The address that was to be freed.</summary>
    public nuint Address { get; }
}
