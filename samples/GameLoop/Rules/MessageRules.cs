using System.Buffers.Binary;

namespace GameLoop.Rules;

/// <summary>Messages and log books: 16 to 2,047 bytes, many short and few long.</summary>
internal static class MessageRules
{
    public const int LongestBytes = (ShortestBytes << Doublings) - 1;

    private const int ShortestBytes = 16;
    private const int Doublings = 7;
    private const int ThoughtsPerMessage = 12;
    private const int LongestFlight = 60;

    public static bool IsDue(ref Rng rng) => rng.Below(ThoughtsPerMessage) == 0;

    /// <summary>Draws the number of frames until it arrives.</summary>
    public static int Flight(ref Rng rng) => 1 + rng.Below(LongestFlight);

    public static int ChooseBytes(ref Rng rng)
    {
        var scale = ShortestBytes << rng.Below(Doublings);
        return scale + rng.Below(scale);
    }

    public static void Write(Span<byte> text, ref Rng rng)
    {
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..])
            BinaryPrimitives.WriteUInt64LittleEndian(text, rng.Next());
        foreach (ref var last in text)
            last = (byte)rng.Below(256);
    }

    /// <summary>Returns what a ship learns from it.</summary>
    public static ulong Read(ReadOnlySpan<byte> text)
    {
        var intel = (ulong)text.Length;
        for (; text.Length >= sizeof(ulong); text = text[sizeof(ulong)..])
            intel = Rng.Mix(intel ^ BinaryPrimitives.ReadUInt64LittleEndian(text));
        foreach (var last in text)
            intel = Rng.Mix(intel ^ last);
        return intel;
    }
}
