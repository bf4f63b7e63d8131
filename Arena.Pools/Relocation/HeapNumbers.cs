namespace Arena.Pools;

/// <summary>
/// The numbers that tell the relocatable heaps of a process apart. A number that comes back carries the generation
/// that its next heap begins with, so that handles of the former heap never resolve. For any thread.
/// </summary>
internal static class HeapNumbers
{
    /// <summary>Heaps that can exist at a time.</summary>
    public const int Most = (1 << RelocatableHandle.NumberBits) - 1;

    // A number whose generations are used up this far is not given out again.
    private const uint Worn = RelocatableHandle.MostGeneration / 4 * 3;

    private static readonly Lock Changing = new();
    private static readonly Queue<(uint Number, uint Generation)> Free = [];
    private static uint given;

    /// <summary>A number from 1 on, or 0 where there is none, and the first generation to use.</summary>
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

    /// <summary>Gives a number back; generations up to the given one were used.</summary>
    public static void GiveBack(uint number, uint highestGeneration)
    {
        lock (Changing)
        {
            if (number != 0 && highestGeneration < Worn)
                Free.Enqueue((number, highestGeneration + 1));
        }
    }
}
