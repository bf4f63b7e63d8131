using System.Numerics;

namespace GameLoop.Rules;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). Small enough to be
/// created for every decision from the world's seed and a key, so that no decision depends on the order of another.
/// </summary>
internal struct Rng
{
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    private ulong _state;

    public Rng(ulong seed, ulong key) => _state = Mix(seed ^ Mix(key));

    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value += Step;
            value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
            value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
            return value ^ (value >> 31);
        }
    }

    /// <summary>Hashes two numbers that are not interchangeable.</summary>
    public static ulong Mix(ulong first, ulong second) => Mix(Mix(first) ^ second);

    /// <summary>Hashes a point's exact bits.</summary>
    public static ulong Mix(Vector2 point) =>
        Mix(((ulong)BitConverter.SingleToUInt32Bits(point.X) << 32) | BitConverter.SingleToUInt32Bits(point.Y));

    public ulong Next() => Mix(_state = unchecked(_state + Step));

    /// <summary>Draws a number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    /// <summary>Draws a number from 0 to 1, without 1.</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Draws a point of the square from -<paramref name="half"/> to <paramref name="half"/>.</summary>
    public Vector2 InSquare(float half)
    {
        var x = Unit();
        var y = Unit();
        return new Vector2((2 * x - 1) * half, (2 * y - 1) * half);
    }
}
