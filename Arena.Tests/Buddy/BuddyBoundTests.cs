using System.Numerics;
using System.Runtime.InteropServices;

namespace Arena.Tests.Buddy;

/// <summary>
/// The memory that an adversarial program can make a buddy need. M: the most live at a time, n: the largest
/// region, both in minimum regions, M a multiple of n.
/// </summary>
public sealed unsafe class BuddyBoundTests
{
    // Every state that any sequence of allocations and frees can reach is visited, and every request that M allows is
    // made in it. A region of n starts at a multiple of n, so the bound counts in whole ones.
    [Theory]
    [InlineData(4, 2)]
    [InlineData(8, 2)]
    [InlineData(10, 2)]
    [InlineData(4, 4)]
    [InlineData(8, 4)]
    [InlineData(8, 8)]
    public void No_sequence_fails_in_Robsons_bound_of_whole_regions_and_some_does_below_it(int live, int largest)
    {
        var bound = RobsonAtoms(live, largest);
        Assert.Null(FindRefusal((bound + largest - 1) / largest * largest, live, largest));
        Assert.NotNull(FindRefusal(bound - 1, live, largest));
    }

    [Theory]
    [InlineData(64, 16)]
    [InlineData(512, 64)]
    [InlineData(4096, 1024)]
    public void The_halving_adversary_wins_below_Robsons_bound_and_never_in_Knuths(int live, int largest)
    {
        Assert.False(SurvivesHalving(RobsonAtoms(live, largest) - 1, live, largest));
        Assert.True(SurvivesHalving(live * (1 + BitOperations.Log2((uint)largest)), live, largest));
    }

    private static int RobsonAtoms(int live, int largest) =>
        live + live * BitOperations.Log2((uint)largest) / 2 - largest + 1;

    // The first refusal met, as a text, or null. All of a tree's state lies in its memory, so a state is a copy of it.
    private static string? FindRefusal(int atoms, int live, int largest)
    {
        var treeBytes = (int)BuddyTree.TreeBytes((nuint)atoms);
        var memory = NativeMemory.AllocZeroed((nuint)treeBytes);
        try
        {
            var tree = BuddyTree.Create(memory, (void*)0x10000, (nuint)atoms, 0);
            var state = new Span<byte>(memory, treeBytes);
            HashSet<UInt128> seen = [Fingerprint(tree)];
            Stack<byte[]> open = new([state.ToArray()]);
            while (open.TryPop(out var from))
            {
                foreach (var move in Moves(from, state, tree, live, largest))
                {
                    from.CopyTo(state);
                    if (!Make(move, tree))
                        return $"{1 << move} atoms are refused in state {Fingerprint(tree):x}";
                    if (seen.Add(Fingerprint(tree)))
                        open.Push(state.ToArray());
                }
            }
            return null;
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    // A move is an order to allocate, or the complement of an atom to free.
    private static List<int> Moves(byte[] from, Span<byte> state, BuddyTree* tree, int live, int largest)
    {
        from.CopyTo(state);
        List<int> moves = [];
        for (var order = 0; 1 << order <= largest && (int)tree->LiveAtoms + (1 << order) <= live; order++)
            moves.Add(order);
        for (var atom = 0; atom < (int)tree->AtomCount; atom++)
        {
            if (tree->OrderBytes[atom] != 0)
                moves.Add(~atom);
        }
        return moves;
    }

    private static bool Make(int move, BuddyTree* tree)
    {
        if (move >= 0)
            return tree->Take(move, move) != null;
        tree->Give(tree->Base + ~move, tree->OrderBytes[~move] - 1);
        return true;
    }

    // The live regions are the whole state: the free regions follow from them.
    private static UInt128 Fingerprint(BuddyTree* tree)
    {
        UInt128 fingerprint = 0;
        for (nuint atom = 0; atom < tree->AtomCount; atom++)
            fingerprint = fingerprint << 3 | tree->OrderBytes[atom];
        return fingerprint;
    }

    // Fills with regions of one size, then keeps one region in every window of twice the size and frees the rest, so
    // that no window can serve the next size.
    private static bool SurvivesHalving(int atoms, int live, int largest)
    {
        using var arena = new PageArena("bound");
        using var buddy = new BuddyAllocator(arena, (nuint)atoms * 16);
        for (nuint size = 16; size <= (nuint)largest * 16; size *= 2)
        {
            while (buddy.LiveBytes + size <= (nuint)live * 16)
            {
                if (!buddy.TryAllocate(size, 16, out _))
                    return false;
            }
            var lastWindow = nuint.MaxValue;
            foreach (var (address, _) in buddy.LiveRegions())
            {
                if (address / (2 * size) == lastWindow)
                    buddy.Free((void*)address);
                lastWindow = address / (2 * size);
            }
        }
        return true;
    }
}
