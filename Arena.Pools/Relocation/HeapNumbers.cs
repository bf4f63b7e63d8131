namespace Arena.Pools;

/// <summary>
/// The numbers that distinguish the relocatable heaps of a process. A number that is given back keeps the generation at
/// which its next heap begins, so that handles of the former heap never resolve. Any thread may call it.
/// </summary>
internal static class HeapNumbers
{
    /// <summary>The most heaps that can exist at the same time.</summary>
    public const int Most = (1 << RelocatableHandle.NumberBits) - 1;

    // The generation from which on a number is not used again.
    private const uint Worn = RelocatableHandle.MostGeneration / 4 * 3;

    private static readonly Lock Changing = new();
    private static readonly Queue<(uint Number, uint Generation)> Free = [];
    private static uint given;

    /// <summary>Returns a number from 1 on, or 0 if there is none, and the first generation to use.</summary>
    public static uint Take(out uint firstGeneration)
    {
        lock (Changing)
        {
            firstGeneration = 1;
            if (given < Most)
                return ++given;
            if (!Free.TryDequeue(out var former))
                return 0;
            firstGeneration = former.Generation;
            return former.Number;
        }
    }

    /// <summary>Gives a number back whose generations were used up to the given one.</summary>
    public static void GiveBack(uint number, uint highestGeneration)
    {
        lock (Changing)
        {
            if (number != 0 && highestGeneration < Worn)
                Free.Enqueue((number, highestGeneration + 1));
        }
    }
}
