namespace Arena;

/// <summary>
/// Thrown when an address is freed that is not a live allocation of this allocator: a double, foreign, interior,
/// misaligned or stale free. The call that throws it has changed nothing; in a range, the addresses before
/// <see cref="Index"/> were freed.
/// </summary>
/// <example>
/// <code>
/// var bullet = new Bullet();
/// try
/// {
///     bullets.Free(ref bullet);                       // a copy, not a slot of the pool
/// }
/// catch (InvalidFreeException refusal)
/// {
///     Console.WriteLine($"0x{refusal.Address:x}: {refusal.Message}");
/// }
/// </code>
/// </example>
public sealed class InvalidFreeException : InvalidOperationException
{
    internal InvalidFreeException(string message, nuint address)
        : base(message) => Address = address;

    /// <summary>The address that could not be freed.</summary>
    public nuint Address { get; }

    /// <summary>The address's index in the range to be freed; -1 for a single free.</summary>
    public int Index { get; private init; } = -1;

    /// <summary>
    /// Returns the exception for a range: the addresses before the index were freed, the others were not.
    /// </summary>
    internal InvalidFreeException At(int index) =>
        new($"{Message} It is at index {index} of the range; the addresses before it were freed.", Address)
        {
            Index = index,
        };
}
