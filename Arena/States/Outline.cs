using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>Mixes what makes an outline of a page; see <see cref="ILiveOutlines"/>.</summary>
internal static class Outline
{
    /// <summary>The outline of a page that is live as a whole, by the same allocation as its neighbours.</summary>
    public const ulong Whole = 1;

    private const ulong First = 0x9E37_79B9_7F4A_7C15;
    private const ulong Second = 0xC2B2_AE3D_27D4_EB4F;

    /// <summary>One more fact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong With(ulong outline, ulong fact) =>
        unchecked(BitOperations.RotateLeft(outline ^ fact * Second, 29) * First);
}
