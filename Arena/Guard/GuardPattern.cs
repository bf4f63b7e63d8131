using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    // Longer ones go to the runtime, whose call pays off then.
    private const nuint LongBytes = 512;
    private const nuint MostAtOnce = 1 << 30;

    /// <summary>Fills [from, end).</summary>
    public static void Fill(nuint from, nuint end, byte pattern)
    {
        var length = end - from;
        if (unchecked(length - 16) > LongBytes - 16)
        {
            FillOther(from, end, pattern);
            return;
        }
        // The last vector overlaps the one before it.
        var vector = Vector128.Create(pattern);
        for (; from < end - 16; from += 16)
            vector.Store((byte*)from);
        vector.Store((byte*)(end - 16));
    }

    /// <summary>The first byte in [from, end) that is not the pattern; 0 where all are.</summary>
    public static nuint FindOther(nuint from, nuint end, byte pattern)
    {
        var length = end - from;
        if (unchecked(length - 16) <= LongBytes - 16)
        {
            var vector = Vector128.Create(pattern);
            var others = Vector128.Load((byte*)(end - 16)) ^ vector;
            for (var at = from; at < end - 16; at += 16)
                others |= Vector128.Load((byte*)at) ^ vector;
            if (others == Vector128<byte>.Zero)
                return 0;
        }
        return FindOtherSlowly(from, end, pattern);
    }

    // Fewer than a vector, or many.
    private static void FillOther(nuint from, nuint end, byte pattern)
    {
        while (from < end)
        {
            var part = (uint)nuint.Min(end - from, MostAtOnce);
            Unsafe.InitBlockUnaligned((void*)from, pattern, part);
            from += part;
        }
    }

    private static nuint FindOtherSlowly(nuint from, nuint end, byte pattern)
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
