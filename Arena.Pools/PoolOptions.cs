namespace Arena.Pools;

/// <summary>What a <see cref="Pool{T}"/> or a <see cref="HandleMap{T}"/> is made with.</summary>
public sealed record PoolOptions
{
    private const int MaximumAlignment = 1 << 16;

    /// <summary>Named in every error and report; the element type's name where it is null.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Bytes of one slab, rounded up to pages, that get their storage at once; at most 1 GiB. 0 chooses: room for about
    /// a million elements or 64 MiB, whichever is less, of addresses that get storage as elements need it; a small slab
    /// (64 KiB for elements of up to 256 bytes) where elements are larger than 4 KiB or the arena's addresses are few.
    /// Of several slabs, the one in use is served fastest. A <see cref="SharedPool{T}"/> refuses any but 0.
    /// </summary>
    public int SlabBytes { get; init; }

    /// <summary>
    /// Alignment of every element: a power of two up to 64 KiB; 0 takes the largest power of two, up to 64, that
    /// divides the size of the type, which is at least the alignment that the type needs. Where it makes elements lie
    /// farther apart than their size, most frees take a call. A <see cref="DenseHandleMap{T}"/> refuses any but 0.
    /// </summary>
    public int Alignment { get; init; }

    /// <summary>
    /// Slots to take from the arena at once, and to keep until <c>Trim</c>; beyond a million, also the size of a slab.
    /// </summary>
    public int InitialSlots { get; init; }

    /// <summary>The accounting category, see <see cref="Allocator.Tag"/>; null is none.</summary>
    public string? Tag { get; init; }

    /// <summary>A ceiling on slots; 0 is none.</summary>
    public int MaximumSlots { get; init; }

    /// <summary>
    /// What elements of a size are aligned to. Those of a line's size, or a part of it that is a power of two, never
    /// straddle two lines; that costs no stride, because the size is a multiple of it, and is never less than what the
    /// compiler asks for their type.
    /// </summary>
    internal int AlignmentOf(int slotBytes) => Math.Max(Alignment, Math.Min(64, slotBytes & -slotBytes));

    /// <summary>Refuses what no pool can be made with.</summary>
    /// <exception cref="ArgumentException">The message says which option, and what can be.</exception>
    internal void Check(string label)
    {
        Require(label, Alignment >= 0 && (Alignment & (Alignment - 1)) == 0 && Alignment <= MaximumAlignment,
            nameof(Alignment), Alignment, $"0 or a power of two up to {MaximumAlignment}");
        Require(label, InitialSlots >= 0, nameof(InitialSlots), InitialSlots, "0 or more");
        Require(label, MaximumSlots >= 0, nameof(MaximumSlots), MaximumSlots, "0 (none) or more");
        Require(label, MaximumSlots == 0 || InitialSlots <= MaximumSlots, nameof(InitialSlots), InitialSlots,
            $"at most MaximumSlots, {MaximumSlots}");
    }

    /// <summary>One of these checks.</summary>
    internal static void Require(string label, bool holds, string option, int value, string remedy)
    {
        if (!holds)
            throw new ArgumentException($"{label}: PoolOptions.{option} is {value}; give {remedy}.", option);
    }
}
