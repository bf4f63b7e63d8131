using System.Diagnostics.CodeAnalysis;

namespace Arena;

/// <summary>Arithmetic on alignments, which are powers of two.</summary>
internal static class Align
{
    /// <summary>The alignment, in bytes, of every allocation that asks for none.</summary>
    public const nuint Default = 16;

    /// <summary>Rounds up to a multiple; past the largest number it wraps to 0.</summary>
    public static nuint Up(nuint value, nuint powerOfTwo) => unchecked(value + powerOfTwo - 1) & ~(powerOfTwo - 1);

    /// <summary>Returns whether a caller may request an alignment: a power of two, or 0 for the default.</summary>
    public static bool IsValid(nuint alignment) => (alignment & unchecked(alignment - 1)) == 0;

    [DoesNotReturn]
    public static void ThrowInvalid(nuint alignment) =>
        throw new ArgumentException($"An alignment is a power of two, and {alignment} is not.", nameof(alignment));
}
