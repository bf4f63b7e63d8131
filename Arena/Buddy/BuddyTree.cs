using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The state of a buddy allocator and its algorithm, without names, errors or observers. It lies in a block of its own,
/// so the memory that it divides holds nothing but what was allocated:
/// <code>
/// block 1   | BuddyTree | SummaryBitmap, one an order | their words ... | order byte of atom 0, 1, 2 ... |
/// block 2   | atom 0 | atom 1 | atom 2 | ...                                                             |
/// </code>
/// An atom is the minimum region. A region of order k is 2^k atoms and starts at a multiple of that; bit j of bitmap k
/// says "the 2^k atoms from j * 2^k on are free". The order byte is 0 unless a live region starts there, then its
/// order + 1: one load tells a region from everything that is none.
/// Where the atoms are no power of two, they are a row of trees, largest first: a region's buddy may then lie beyond
/// the end, where no bit is ever set, so it never merges.
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

    /// <summary>Bit k is set where bitmap k is not empty.</summary>
    public ulong FreeOrders;

    /// <summary>One byte an atom.</summary>
    public byte* OrderBytes;

    private SummaryBitmap* _free;
    private nuint _mutationsUntilRecount;

    /// <summary>
    /// A tree of no atoms: it has nothing to allocate and nothing to free, so every fast path misses in it.
    /// </summary>
    public static BuddyTree* Closed { get; } = AllocateClosed();

    public readonly int Orders => BitOperations.Log2(AtomCount) + 1;

    /// <summary>Bytes of the block that the tree itself takes.</summary>
    public static nuint TreeBytes(nuint atomCount)
    {
        nuint words = 0;
        for (var order = 0; order <= BitOperations.Log2(atomCount); order++)
            words += SummaryBitmap.WordCount(BitCount(atomCount, order));
        return FirstWordOffset(atomCount) + words * sizeof(ulong) + atomCount;
    }

    /// <summary>Makes a tree, all free, in cleared memory of <see cref="TreeBytes"/>.</summary>
    public static BuddyTree* Create(void* memory, void* atoms, nuint atomCount, int atomShift)
    {
        Debug.Assert(atomCount is > 0 and <= MaximumAtoms, "an index of an atom is an int where it is given out");
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
    /// The order of the smallest region that holds the bytes, at least 1. It may be an order that this tree has not.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int OrderOf(nuint byteCount) =>
        64 - BitOperations.LeadingZeroCount((ulong)(byteCount - 1) >> AtomShift);

    /// <summary>The order of the live region that starts at the address, or -1 where none does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int OrderAt(void* address)
    {
        // Rotated, the bits below an atom come on top: one compare refuses the misaligned and the foreign.
        var atom = BitOperations.RotateRight(unchecked((nuint)address - (nuint)Base), AtomShift);
        return atom < AtomCount ? OrderBytes[atom] - 1 : -1;
    }

    /// <summary>
    /// Of the smallest free regions of <paramref name="findOrder"/> or more, the lowest: its first part becomes a live
    /// region of <paramref name="order"/>, the rest stays free. Null where there is none.
    /// </summary>
    /// <param name="order">Of the region granted.</param>
    /// <param name="findOrder">At least <paramref name="order"/>; more where an alignment asks for it.</param>
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

    /// <summary>Frees the live region of that order at the address: merges with its buddy while that is free.</summary>
    public void Give(void* address, int order)
    {
        Debug.Assert(order >= 0 && order == OrderAt(address), "only a live region is given");
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

    /// <summary>Makes the live region smaller or larger where it lies; false, and nothing done, if it cannot.</summary>
    public bool TryResize(void* address, int order, int newOrder)
    {
        Debug.Assert(order >= 0 && order == OrderAt(address), "only a live region is resized");
        var atom = ((nuint)address - (nuint)Base) >> AtomShift;
        for (var o = order; o < newOrder; o++)
        {
            // The right half has to be free, whole. Of a right half that is the region itself, which is live; at the
            // largest order there is none, so the way up ends there.
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

    /// <summary>For messages: the live region that an address lies in, or null.</summary>
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

    /// <summary>Whether the atoms of that order from <paramref name="atom"/> on are a free region.</summary>
    public readonly bool IsFree(nuint atom, int order) => _free[order].Contains(atom >> order);

    // The upper halves of the region become free until it has the wanted order; nothing where it is not larger.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Split(nuint atom, int order, int wantedOrder)
    {
        if (order <= wantedOrder)
            return;
        FreeOrders |= (1UL << order) - (1UL << wantedOrder);
        for (var half = wantedOrder; half < order; half++)
            _free[half].Add(atom >> half | 1);
    }

    // A row of trees, one for every bit of the atom count, the largest first.
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

    // Everything is counted anew from the bitmaps and the order bytes. That reads every atom, so it is done after every
    // mutation of a small tree and seldom enough in a large one to cost a few hundred atoms each.
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

    // An even number, so that the buddy of the last bit lies in the bitmap too.
    private static nuint BitCount(nuint atomCount, int order) => ((atomCount >> order) + 1) & ~(nuint)1;

    private static nuint FirstWordOffset(nuint atomCount) =>
        (nuint)sizeof(BuddyTree) + (nuint)(BitOperations.Log2(atomCount) + 1) * (nuint)sizeof(SummaryBitmap);

    private static BuddyTree* AllocateClosed() =>
        (BuddyTree*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(BuddyTree), sizeof(BuddyTree));
}
