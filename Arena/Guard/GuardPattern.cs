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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill(nuint from, nuint end, byte pattern) => FillBytes(from, end - from, pattern);

    /// <summary>Fills as many bytes: if that is a constant, the JIT leaves out all but one way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FillBytes(nuint from, nuint length, byte pattern)
    {
        var end = from + length;
        // The last vector overlaps the one before it.
        if (Vector256.IsHardwareAccelerated && unchecked(length - 32) <= LongBytes - 32)
        {
            var vector = Vector256.Create(pattern);
            for (; from < end - 32; from += 32)
                vector.Store((byte*)from);
            vector.Store((byte*)(end - 32));
        }
        else if (unchecked(length - 16) <= LongBytes - 16)
        {
            var vector = Vector128.Create(pattern);
            for (; from < end - 16; from += 16)
                vector.Store((byte*)from);
            vector.Store((byte*)(end - 16));
        }
        else
        {
            FillOther(from, end, pattern);
        }
    }

    /// <summary>Fills the zone [from, end).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FillZone(nuint from, nuint end)
    {
        if (IsUsualZone(from, end))
        {
            // Both are the same if it is as long as one.
            var vector = Vector128.Create(RedZone);
            vector.Store((byte*)from);
            vector.Store((byte*)(end - 16));
        }
        else
        {
            FillOtherZone(from, end);
        }
    }

    /// <summary>Returns whether two zones, [from, end) and another one, were written to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreDamaged(nuint from, nuint end, nuint otherFrom, nuint otherEnd)
    {
        if (!IsUsualZone(from, end) || !IsUsualZone(otherFrom, otherEnd))
            return AreOthersDamaged(from, end, otherFrom, otherEnd);
        var vector = Vector128.Create(RedZone);
        var one = (Vector128.Load((byte*)from) ^ vector) | (Vector128.Load((byte*)(end - 16)) ^ vector);
        var other = (Vector128.Load((byte*)otherFrom) ^ vector) | (Vector128.Load((byte*)(otherEnd - 16)) ^ vector);
        return (one | other) != Vector128<byte>.Zero;
    }

    /// <summary>The first byte in [from, end) that is not the pattern; 0 where all are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint FindOther(nuint from, nuint end, byte pattern) =>
        AreAll(from, end, pattern) ? 0 : FindOtherSlowly(from, end, pattern);

    // 16 to 32 bytes: two vectors of 16, without a loop.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUsualZone(nuint from, nuint end) => unchecked(end - from - 16) <= 16;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FillOtherZone(nuint from, nuint end) => Fill(from, end, RedZone);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool AreOthersDamaged(nuint from, nuint end, nuint otherFrom, nuint otherEnd) =>
        (FindOther(from, end, RedZone) | FindOther(otherFrom, otherEnd, RedZone)) != 0;

    // False also if it would take longer to find out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreAll(nuint from, nuint end, byte pattern)
    {
        var length = end - from;
        if (Vector256.IsHardwareAccelerated && unchecked(length - 32) <= LongBytes - 32)
        {
            var vector = Vector256.Create(pattern);
            var others = Vector256.Load((byte*)(end - 32)) ^ vector;
            for (var at = from; at < end - 32; at += 32)
                others |= Vector256.Load((byte*)at) ^ vector;
            return others == Vector256<byte>.Zero;
        }
        if (unchecked(length - 16) <= LongBytes - 16)
        {
            var vector = Vector128.Create(pattern);
            var others = Vector128.Load((byte*)(end - 16)) ^ vector;
            for (var at = from; at < end - 16; at += 16)
                others |= Vector128.Load((byte*)at) ^ vector;
            return others == Vector128<byte>.Zero;
        }
        return length == 0;
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
