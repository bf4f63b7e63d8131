namespace Arena.Collections;

/// <summary>
/// Computes the capacity to which a container grows by itself: twice as much, and never less than a cache line.
/// </summary>
internal static class Capacity
{
    private const int LineBytes = 64;
    private const int Fewest = 4;

    /// <summary>Returns a capacity for this many elements.</summary>
    /// <exception cref="ArenaOutOfMemoryException">No container can hold this many.</exception>
    public static int After(int capacity, long needed, int itemBytes)
    {
        if (needed > int.MaxValue)
            Fail.TooLarge(needed, int.MaxValue);
        var first = Math.Max(Fewest, LineBytes / itemBytes);
        return (int)Math.Min(Math.Max(Math.Max(needed, 2L * capacity), first), int.MaxValue);
    }
}
