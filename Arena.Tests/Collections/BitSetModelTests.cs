using System.Collections;
using Arena.Collections;

namespace Arena.Tests.Collections;

/// <summary>A bit set and a BitArray do the same, on every allocator.</summary>
public sealed class BitSetModelTests
{
    private static readonly int[] BitCounts = [0, 1, 63, 64, 65, 128, 1000];

    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void A_bit_set_does_what_BitArray_does(string kind)
    {
        const int seed = 1507;
        using var ground = new Ground(kind);
        var random = new Random(seed);
        foreach (var bitCount in BitCounts)
        {
            var bits = new NativeBitSet(ground.Handle, bitCount);
            var twin = new BitArray(bitCount);
            for (var step = 0; step < Ground.Steps / BitCounts.Length; step++)
                Step(ref bits, twin, random);
            AssertSame(bits, twin);
            for (var index = 0; index < bitCount; index++)
                bits.Set(index);
            Assert.Equal((bitCount, -1), (bits.Count, bits.FirstClear()));
            bits.Dispose();
        }
        Assert.Equal(0, ground.LiveCount);
    }

    [Theory]
    [MemberData(nameof(Ground.Kinds), MemberType = typeof(Ground))]
    public void Bits_for_which_there_is_no_memory_are_none(string kind)
    {
        using var ground = new Ground(kind);
        Assert.Throws<ArenaOutOfMemoryException>(() => new NativeBitSet(ground.Handle, int.MaxValue));
        Assert.Equal(0, ground.LiveCount);
    }

    private static void Step(ref NativeBitSet bits, BitArray twin, Random random)
    {
        var operation = random.Next(1000);
        if (operation == 0)
        {
            bits.Clear();
            twin.SetAll(false);
        }
        if (operation == 1)
            AssertSame(bits, twin);
        if (twin.Count == 0)
            return;
        var index = random.Next(twin.Count);
        if (operation < 400)
        {
            Assert.Equal(twin[index], bits[index]);
        }
        else if (operation < 600)
        {
            bits[index] = twin[index] = random.Next(2) == 0;
        }
        else
        {
            bits.Set(index, operation < 900);
            twin[index] = operation < 900;
        }
    }

    private static void AssertSame(NativeBitSet bits, BitArray twin)
    {
        var expected = twin.Cast<bool>().ToArray();
        Assert.Equal(expected.Count(bit => bit), bits.Count);
        for (var from = 0; from <= expected.Length; from++)
        {
            Assert.Equal(Array.IndexOf(expected, true, from), bits.FirstSet(from));
            Assert.Equal(Array.IndexOf(expected, false, from), bits.FirstClear(from));
        }
    }
}
