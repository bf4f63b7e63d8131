namespace Arena.Bench.Workloads;

/// <summary>Chooses which of 131,072 objects are alive where W4 walks: every object, or a random part.</summary>
internal static class Survivors
{
    public const int SlotCount = 131_072;

    /// <summary>
    /// Returns a flag an object, about <paramref name="percent"/> % set, the same for every contestant.
    /// </summary>
    public static bool[] Choose(int percent)
    {
        var random = new Xorshift(Xorshift.Seed);
        var alive = new bool[SlotCount];
        for (var i = 0; i < SlotCount; i++)
            alive[i] = Xorshift.Below(random.Next(), 100) < percent;
        return alive;
    }
}
