namespace Arena.Pools;

/// <summary>What a <see cref="Pool{T}"/> or a <see cref="HandleMap{T}"/> is made with.</summary>
public sealed record PoolOptions
{
    /// <summary>Named in every error and report; the element type's name where it is null.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Bytes of one slab, rounded up to pages, that get their storage at once; at most 1 GiB. 0 chooses: room for about
    /// a million elements or 64 MiB, whichever is less, of addresses that get storage as elements need it; a small slab
    /// (64 KiB for elements of up to 256 bytes) where elements are larger than 4 KiB or the arena's addresses are few.
    /// Of several slabs, the one in use is served fastest.
    /// </summary>
    public int SlabBytes { get; init; }

    /// <summary>
    /// Alignment of every element: a power of two up to 64 KiB; 0 takes the largest power of two, up to 64, that
    /// divides the size of the type, which is at least the alignment that the type needs. Where it makes elements lie
    /// farther apart than their size, most frees take a call.
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
}
