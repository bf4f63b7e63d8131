using System.Diagnostics;
using System.Numerics;

namespace Arena;

/// <summary>Recounts a buddy tree, atom by atom, and compares the result with its totals.</summary>
internal static class BuddyRecount
{
    /// <summary>Asserts that regions tile the atoms, that free buddies are merged, and all totals.</summary>
    public static unsafe void Validate(in BuddyTree tree)
    {
        nuint atom = 0;
        nuint liveAtoms = 0;
        var liveCount = 0;
        var freeOrders = 0UL;
        while (atom < tree.AtomCount)
        {
            var order = tree.OrderBytes[atom] - 1;
            if (order >= 0)
            {
                liveCount++;
                liveAtoms += (nuint)1 << order;
                Debug.Assert(FreeOrderAt(in tree, atom) < 0, "a live region is not free");
            }
            else
            {
                order = FreeOrderAt(in tree, atom);
                Debug.Assert(order >= 0, "an atom is in a live region or in a free one");
                freeOrders |= 1UL << order;
                var buddy = atom ^ (nuint)1 << order;
                Debug.Assert(
                    buddy >= tree.AtomCount || !tree.IsFree(buddy, order), "free buddies are merged");
            }
            Debug.Assert((atom & (((nuint)1 << order) - 1)) == 0, "a region starts at a multiple of its size");
            atom += (nuint)1 << order;
        }
        Debug.Assert(atom == tree.AtomCount, "the regions end where the atoms end");
        Debug.Assert(liveCount == tree.LiveCount, "live regions are counted");
        Debug.Assert(liveAtoms == tree.LiveAtoms, "live atoms are counted");
        Debug.Assert(freeOrders == tree.FreeOrders, "the word of orders says which bitmaps have members");
    }

    private static int FreeOrderAt(in BuddyTree tree, nuint atom)
    {
        var largest = Math.Min(BitOperations.TrailingZeroCount(atom), tree.Orders - 1);
        for (var order = 0; order <= largest; order++)
        {
            if (tree.IsFree(atom, order))
                return order;
        }
        return -1;
    }
}
