using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>The bytes that guarded memory is filled with. Eight of one kind are never a valid address.</summary>
internal static unsafe class GuardPattern
{
    /// <summary>The pattern of new memory that was not written.</summary>
    public const byte Fresh = 0xCB;

    /// <summary>The pattern of freed memory.</summary>
    public const byte Freed = 0xDF;

    /// <summary>The pattern of the zones around an allocation.</summary>
    public const byte RedZone = 0xFD;

    private const nuint MostAtOnce = 1 << 30;
    private const ulong Ones = 0x0101_0101_0101_0101;

    /// <summary>Fills [from, end).</summary>
    public static void Fill(nuint from, nuint end, byte pattern)
    {
        if (IsShort(from, end))
        {
            var word = pattern * Ones;
            for (var at = from; at < end - sizeof(ulong); at += sizeof(ulong))
                Unsafe.WriteUnaligned((void*)at, word);
            Unsafe.WriteUnaligned((void*)(end - sizeof(ulong)), word);
            return;
        }
        while (from < end)
        {
            var part = (uint)nuint.Min(end - from, MostAtOnce);
            Unsafe.InitBlockUnaligned((void*)from, pattern, part);
            from += part;
        }
    }

    /// <summary>Returns the first byte in [from, end) that is not the pattern; 0 if all are.</summary>
    public static nuint FindOther(nuint from, nuint end, byte pattern)
    {
        if (IsShort(from, end))
        {
            var word = pattern * Ones;
            var others = Unsafe.ReadUnaligned<ulong>((void*)(end - sizeof(ulong))) ^ word;
            for (var at = from; at < end - sizeof(ulong); at += sizeof(ulong))
                others |= Unsafe.ReadUnaligned<ulong>((void*)at) ^ word;
            if (others == 0)
                return 0;
        }
        while (from < end)
        {
            var part = (int)nuint.Min(end - from, MostAtOnce);
            var other = new ReadOnlySpan<byte>((void*)from, part).IndexOfAnyExcept(pattern);
            if (other >= 0)
                return from + (nuint)other;
            from += (nuint)part;
        }
        return 0;
    }

    // Returns whether a range is a few words, the last of which overlaps the one before. Most zones are, and a call
    // takes longer.
    private static bool IsShort(nuint from, nuint end) => end > from && unchecked(end - from - 8) <= 56;
}
