namespace Arena.Collections;

/// <summary>
/// How much a container takes when it grows by itself: twice as much, and never less than a cache line.
/// </summary>
internal static class Capacity
{
    private const int LineBytes = 64;
    private const int Fewest = 4;

    /// <summary>A capacity for that many elements.</summary>
    /// <exception cref="ArenaOutOfMemoryException">No container holds as many.</exception>
    public static int After(int capacity, long needed, int itemBytes)
    {
        if (needed > int.MaxValue)
            Fail.TooLarge(needed, int.MaxValue);
        var first = Math.Max(Fewest, LineBytes / itemBytes);
        return (int)Math.Min(Math.Max(Math.Max(needed, 2L * capacity), first), int.MaxValue);
    }
}
