using System.Numerics;

namespace Arena.Pools;

// Takes many slots of a slab in one step, past the magazines: a word of live bits is read once and written once.
//
//   starts   0001000100010001 ...   slots of four granules
//   live     0000000100000000 ...   one of them lives
//   taken    0001000000010001 ...   all others; live |= taken
internal unsafe partial struct Segment
{
    /// <summary>
    /// Takes free slots of the lowest slab that has any, from its lowest address on, and marks them live. No slot of
    /// the class may be in a magazine.
    /// </summary>
    /// <returns>The number of slots taken, at most as many as fit.</returns>
    public int TakeLive<TThreads>(int sizeClass, Span<nint> slots)
        where TThreads : struct, IThreads
    {
        var available = Available(sizeClass);
        var word = 0;
        while (available[word] == 0)
            word++;
        var slab = (64 * word + BitOperations.TrailingZeroCount(available[word])) * SlabPageGranules;
        var starts = SlotOrder.StartsOf(sizeClass);
        var live = Live + (slab >> 6);
        var address = (nint)AddressOf(slab);
        var count = 0;
        for (var i = 0; i < starts.Length; i++, address += 64 * GranuleBytes)
        {
            if (count == slots.Length)
                return count;
            // A place that is pending and not live was freed twice, which is reported before it is handed out again.
            var free = starts[i] & ~live[i] & ~PendingBits((slab >> 6) + i);
            if (free == 0)
                continue;
            var left = Write(free, address, slots, ref count);
            TThreads.Write(live + i, live[i] | (free & ~left));
            if (left != 0)
                return count;
        }
        MakeUnavailable(slab / SlabPageGranules, sizeClass);
        return count;
    }

    // Returns the bits for which there was no room.
    private static ulong Write(ulong bits, nint address, Span<nint> slots, ref int count)
    {
        for (; bits != 0 && count < slots.Length; bits &= bits - 1)
            slots[count++] = address + ((nint)BitOperations.TrailingZeroCount(bits) << GranuleShift);
        return bits;
    }
}
