using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The bytes that guarded memory is filled with. Eight of each are no address that a program can have.
/// </summary>
internal static unsafe class GuardPattern
{
    /// <summary>In memory that was handed out and not written yet.</summary>
    public const byte Fresh = 0xCB;

    /// <summary>In memory that was freed.</summary>
    public const byte Freed = 0xDF;

    /// <summary>In the zones around an allocation.</summary>
    public const byte RedZone = 0xFD;

    private const nuint MostAtOnce = 1 << 30;

    /// <summary>Fills [from, end).</summary>
    public static void Fill(nuint from, nuint end, byte pattern)
    {
        while (from < end)
        {
            var part = (uint)nuint.Min(end - from, MostAtOnce);
            Unsafe.InitBlockUnaligned((void*)from, pattern, part);
            from += part;
        }
    }

    /// <summary>The first byte in [from, end) that is not the pattern; 0 where all are.</summary>
    public static nuint FindOther(nuint from, nuint end, byte pattern)
    {
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
}
