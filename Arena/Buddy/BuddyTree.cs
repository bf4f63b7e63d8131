using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The state of a buddy allocator and its algorithm, without names, errors or observers. It lies in a block of its own,
/// so the memory that it divides holds nothing but allocations:
/// <code>
/// block 1   | BuddyTree | SummaryBitmap, one an order | their words ... | order byte of atom 0, 1, 2 ... |
/// block 2   | atom 0 | atom 1 | atom 2 | ...                                                             |
/// </code>
/// An atom is the minimum region. A region of order k is 2^k atoms and starts at a multiple of that; bit j of bitmap k
/// says "the 2^k atoms from j * 2^k on are free". The order byte is 0 unless a live region starts there, then its
/// order + 1: one load distinguishes a region from every other address. If the number of atoms is not a power of two,
/// they form a row of trees, largest first: a region's buddy may then lie beyond the end, where no bit is ever set, so
/// it never merges.
/// </summary>
internal unsafe struct BuddyTree
{
    public const nuint MaximumAtoms = int.MaxValue;

    /// <summary>The first byte of atom 0.</summary>
    public byte* Base;

    public nuint AtomCount;

    /// <summary>Log2 of an atom's bytes.</summary>
    public int AtomShift;

    public int LiveCount;

    public nuint LiveAtoms;

    /// <summary>Bit k is set if bitmap k is not empty.</summary>
    public ulong FreeOrders;

    /// <summary>One byte for each atom.</summary>
    public byte* OrderBytes;

    private SummaryBitmap* _free;
    private nuint _mutationsUntilRecount;

    /// <summary>
    /// A tree of no atoms. It has nothing to allocate and nothing to free, so every fast path misses in it.
    /// </summary>
    public static BuddyTree* Closed { get; } = AllocateClosed();

    public readonly int Orders => BitOperations.Log2(AtomCount) + 1;

    /// <summary>Returns the bytes of the block that the tree itself takes.</summary>
    public static nuint TreeBytes(nuint atomCount)
    {
        nuint words = 0;
        for (var order = 0; order <= BitOperations.Log2(atomCount); order++)
            words += SummaryBitmap.WordCount(BitCount(atomCount, order));
        return FirstWordOffset(atomCount) + words * sizeof(ulong) + atomCount;
    }

    /// <summary>Makes a tree that is all free, in cleared memory of <see cref="TreeBytes"/>.</summary>
    public static BuddyTree* Create(void* memory, void* atoms, nuint atomCount, int atomShift)
    {
        Debug.Assert(atomCount is > 0 and <= MaximumAtoms, "an index of an atom is an int when it is returned");
        var tree = (BuddyTree*)memory;
        tree->Base = (byte*)atoms;
        tree->AtomCount = atomCount;
        tree->AtomShift = atomShift;
        tree->_free = (SummaryBitmap*)(tree + 1);
        var words = (ulong*)((byte*)memory + FirstWordOffset(atomCount));
        for (var order = 0; order < tree->Orders; order++)
        {
            tree->_free[order] = new SummaryBitmap(words, BitCount(atomCount, order));
            words += SummaryBitmap.WordCount(BitCount(atomCount, order));
        }
        tree->OrderBytes = (byte*)words;
        tree->FreeAll();
        return tree;
    }

    /// <summary>
    /// Returns the order of the smallest region that holds the bytes, which are at least 1. This tree may not have the
    /// order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int OrderOf(nuint byteCount) =>
        64 - BitOperations.LeadingZeroCount((ulong)(byteCount - 1) >> AtomShift);

    /// <summary>Returns the order of the live region that starts at the address, or -1 if none does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int OrderAt(void* address)
    {
        // The rotation moves the bits below an atom to the top: one comparison refuses misaligned and foreign
        // addresses.
        var atom = BitOperations.RotateRight(unchecked((nuint)address - (nuint)Base), AtomShift);
        return atom < AtomCount ? OrderBytes[atom] - 1 : -1;
    }

    /// <summary>
    /// Takes the lowest of the smallest free regions of <paramref name="findOrder"/> or more. Its first part becomes a
    /// live region of <paramref name="order"/>, the rest stays free. Returns null if there is none.
    /// </summary>
    /// <param name="order">The order of the region granted.</param>
    /// <param name="findOrder">At least <paramref name="order"/>; more if an alignment needs it.</param>
    public void* Take(int order, int findOrder)
    {
        Debug.Assert(findOrder is >= 0 and < 64 && findOrder >= order, "a region is cut from one that holds it");
        var candidates = FreeOrders >> findOrder << findOrder;
        if (candidates == 0)
            return null;
        var found = BitOperations.TrailingZeroCount(candidates);
        var atom = _free[found].Lowest() << found;
        if (_free[found].Remove(atom >> found))
            FreeOrders &= ~(1UL << found);
        Split(atom, found, order);
        OrderBytes[atom] = (byte)(order + 1);
        LiveCount++;
        LiveAtoms += (nuint)1 << order;
        Recount();
        return Base + (atom << AtomShift);
    }

    /// <summary>
    /// Frees the live region of this order at the address, and merges it with its buddy while that is free.
    /// </summary>
    public void Give(void* address, int order)
    {
        Debug.Assert(order >= 0 && order == OrderAt(address), "only a live region is freed");
        var atom = ((nuint)address - (nuint)Base) >> AtomShift;
        OrderBytes[atom] = 0;
        LiveCount--;
        LiveAtoms -= (nuint)1 << order;
        var index = atom >> order;
        var freeOrders = FreeOrders;
        while (_free[order].Contains(index ^ 1))
        {
            if (_free[order].Remove(index ^ 1))
                freeOrders &= ~(1UL << order);
            index >>= 1;
            order++;
        }
        _free[order].Add(index);
        FreeOrders = freeOrders | 1UL << order;
        Recount();
    }

    /// <summary>Resizes the live region in place. Returns false, with nothing done, if it cannot.</summary>
    public bool TryResize(void* address, int order, int newOrder)
    {
        Debug.Assert(order >= 0 && order == OrderAt(address), "only a live region is resized");
        var atom = ((nuint)address - (nuint)Base) >> AtomShift;
        for (var o = order; o < newOrder; o++)
        {
            // The right half has to be entirely free. If the region is itself a right half, that is the region, which
            // is live. The largest order has no right half, so the way up ends there.
            if (!_free[o].Contains(atom >> o | 1))
                return false;
        }
        for (var o = order; o < newOrder; o++)
        {
            if (_free[o].Remove(atom >> o | 1))
                FreeOrders &= ~(1UL << o);
        }
        Split(atom, order, newOrder);
        OrderBytes[atom] = (byte)(newOrder + 1);
        LiveAtoms = LiveAtoms - ((nuint)1 << order) + ((nuint)1 << newOrder);
        Recount();
        return true;
    }

    /// <summary>Returns, for messages, the live region that an address lies in, or null.</summary>
    public readonly void* RegionAround(void* address)
    {
        var atom = unchecked((nuint)address - (nuint)Base) >> AtomShift;
        for (var order = 0; atom < AtomCount && order < Orders; order++)
        {
            atom = atom >> order << order;
            if (OrderBytes[atom] > order)
                return Base + (atom << AtomShift);
        }
        return null;
    }

    /// <summary>Returns whether the atoms of this order from <paramref name="atom"/> on are a free region.</summary>
    public readonly bool IsFree(nuint atom, int order) => _free[order].Contains(atom >> order);

    // Splits the region until it has the wanted order; the upper halves become free. A region that is not larger stays.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Split(nuint atom, int order, int wantedOrder)
    {
        if (order <= wantedOrder)
            return;
        FreeOrders |= (1UL << order) - (1UL << wantedOrder);
        for (var half = wantedOrder; half < order; half++)
            _free[half].Add(atom >> half | 1);
    }

    // Frees everything: a row of trees, one for every bit of the atom count, the largest first.
    private void FreeAll()
    {
        nuint atom = 0;
        for (var order = Orders - 1; order >= 0; order--)
        {
            if ((AtomCount >> order & 1) == 0)
                continue;
            _free[order].Add(atom >> order);
            FreeOrders |= 1UL << order;
            atom += (nuint)1 << order;
        }
    }

    // Recounts everything from the bitmaps and the order bytes. That reads every atom, so it is done after every change
    // of a small tree, and in a large one so seldom that it costs a few hundred atoms each time.
    [Conditional("DEBUG")]
    private void Recount()
    {
        if (_mutationsUntilRecount > 0)
        {
            _mutationsUntilRecount--;
            return;
        }
        _mutationsUntilRecount = AtomCount >> 9;
        BuddyRecount.Validate(in this);
    }

    // The count is even, so that the buddy of the last bit is in the bitmap too.
    private static nuint BitCount(nuint atomCount, int order) => ((atomCount >> order) + 1) & ~(nuint)1;

    private static nuint FirstWordOffset(nuint atomCount) =>
        (nuint)sizeof(BuddyTree) + (nuint)(BitOperations.Log2(atomCount) + 1) * (nuint)sizeof(SummaryBitmap);

    private static BuddyTree* AllocateClosed() =>
        (BuddyTree*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(BuddyTree), sizeof(BuddyTree));
}
