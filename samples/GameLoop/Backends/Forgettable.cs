namespace GameLoop.Backends;

/// <summary>
/// The kinds of memory that <c>--leak</c> forgets to free. Each kind is allocated on a line of its own.
/// </summary>
internal enum Forgettable
{
    /// <summary>A message that was read.</summary>
    Message,

    /// <summary>A path that was flown to its end.</summary>
    Path,

    /// <summary>A pickup that was found or has vanished; its log book is freed.</summary>
    Pickup,
}
