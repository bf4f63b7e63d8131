using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>The alignment that the runtime gives to a type, for which C# has no operator.</summary>
internal static unsafe class NaturalAlignment
{
    /// <summary>Returns the alignment, at least 16; a constant in compiled code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint AtLeast16<T>()
        where T : unmanaged
    {
        // A value behind one byte starts at its alignment, and the end is padded by less than that, so the difference
        // is in [alignment, 2 * alignment).
        var difference = sizeof(BehindByte<T>) - sizeof(T);
        return difference < 32 ? 16u : difference < 64 ? 32u : 64u;
    }

    private readonly record struct BehindByte<T>(byte Byte, T Value)
        where T : unmanaged;
}
