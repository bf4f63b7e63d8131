namespace Arena.Pools;

/// <summary>Options of a <see cref="Pool{T}"/> or a <see cref="HandleMap{T}"/> .</summary>
/// <example>
/// <code>
/// var options = new PoolOptions { Name = "bullets", InitialSlots = 1000, MaximumSlots = 10_000, Tag = "combat" };
/// using var bullets = new Pool&lt;Bullet&gt;(arena, options);
/// </code>
/// </example>
public sealed record PoolOptions
{
    private const int MaximumAlignment = 1 << 16;

    /// <summary>The name shown in errors and reports; if null, the name of the element type.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The bytes of one slab, rounded up to pages, which get their storage at once; at most 1 GiB. With 0 the pool
    /// chooses: addresses for about a million elements or 64 MiB, whichever is less, which get storage as elements need
    /// it; or a small slab (64 KiB for elements of up to 256 bytes) if elements are larger than 4 KiB or the arena has
    /// few addresses. Of several slabs, the one in use is fastest. A <see cref="SharedPool{T}"/> accepts only 0.
    /// </summary>
    public int SlabBytes { get; init; }

    /// <summary>
    /// The alignment of every element: a power of two up to 64 KiB. 0 takes the largest power of two, up to 64, that
    /// divides the size of the type, which is at least the alignment that the type needs. If the alignment puts
    /// elements farther apart than their size, most frees take a call. A <see cref="DenseHandleMap{T}"/> refuses any
    /// but 0.
    /// </summary>
    public int Alignment { get; init; }

    /// <summary>
    /// The slots to take from the arena at once, and to keep until <c>Trim</c>; beyond a million, also the size of a
    /// slab.
    /// </summary>
    public int InitialSlots { get; init; }

    /// <summary>The accounting category, see <see cref="Allocator.Tag"/>; null is none.</summary>
    public string? Tag { get; init; }

    /// <summary>The most slots that the pool may have; 0 is no limit.</summary>
    public int MaximumSlots { get; init; }

    /// <summary>
    /// Returns the alignment of elements of a size. Elements as large as a cache line, or a power-of-two part of one,
    /// never straddle two lines. That does not lengthen the stride, because the size is a multiple of the alignment,
    /// and it is never below the alignment of the type.
    /// </summary>
    internal int AlignmentOf(int slotBytes) => Math.Max(Alignment, Math.Min(64, slotBytes & -slotBytes));

    /// <summary>Throws if an option is invalid.</summary>
    /// <exception cref="ArgumentException">The message names the option and the valid range.</exception>
    internal void Check(string label)
    {
        Require(label, Alignment >= 0 && (Alignment & (Alignment - 1)) == 0 && Alignment <= MaximumAlignment,
            nameof(Alignment), Alignment, $"0 or a power of two up to {MaximumAlignment}");
        Require(label, InitialSlots >= 0, nameof(InitialSlots), InitialSlots, "0 or more");
        Require(label, MaximumSlots >= 0, nameof(MaximumSlots), MaximumSlots, "0 (none) or more");
        Require(label, MaximumSlots == 0 || InitialSlots <= MaximumSlots, nameof(InitialSlots), InitialSlots,
            $"at most MaximumSlots, {MaximumSlots}");
    }

    /// <summary>Makes one of these checks.</summary>
    internal static void Require(string label, bool holds, string option, int value, string remedy)
    {
        if (!holds)
            throw new ArgumentException($"{label}: PoolOptions.{option} is {value}; give {remedy}.", option);
    }
}
