using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// A set of small numbers that finds its lowest member with one trailing-zero count a level: a bitmap in words of 64,
/// and above every 64 words a summary word whose bit says "that word is not zero".
/// <code>
/// node 0 or 1            [summary]                     one word: the root
///                       /    |    \
/// nodes ...        [summary] ... [summary]             bit b of node n says: node 64 n + b is not zero
///                   /  |  \       /  |  \
/// nodes N .. 2N-1  [bits][bits] ... [bits][bits]       the leaves, N = marker / 64
/// </code>
/// Number i is bit <c>marker + i</c>, where the marker is the power of two that the numbers stay below. The leading one
/// makes the way up a shift by 6 at every level: key k is bit k mod 64 of node k / 64, and that node is key k / 64 of
/// the level above. No table of levels is needed. Nodes above the leaves are stored first, from node 0 on, the
/// leaves after them: 1/64 to 1/32 more than the bits.
/// </summary>
internal readonly unsafe struct SummaryBitmap
{
    private readonly ulong* _summaries;

    // Leaf node n is _leaves[n]: this points N words below the first leaf.
    private readonly ulong* _leaves;
    private readonly nuint _marker;
    private readonly uint _root;
    private readonly int _summaryLevels;

    /// <summary>Makes a bitmap over words that the caller has cleared.</summary>
    /// <param name="words">The words, as many as <see cref="WordCount"/> returns.</param>
    /// <param name="bitCount">The bound that members are below, at least 1.</param>
    public SummaryBitmap(ulong* words, nuint bitCount)
    {
        var log = CeilingLog2(bitCount);
        _marker = (nuint)1 << log;
        _summaries = words;
        _leaves = words + SummaryWords(log) - (_marker >> 6);
        // A root with a single bit would be useless, so the one node below it becomes the root.
        _root = log > 0 && log % 6 == 0 ? 1u : 0u;
        _summaryLevels = Math.Max(0, log - 1) / 6;
    }

    /// <summary>True if there is no member.</summary>
    public bool IsEmpty => (_summaryLevels == 0 ? _leaves : _summaries)[_root] == 0;

    /// <summary>Returns the words of a bitmap of this many bits, which are rounded up to whole words.</summary>
    public static nuint WordCount(nuint bitCount) => SummaryWords(CeilingLog2(bitCount)) + LeafWords(bitCount);

    public bool Contains(nuint number)
    {
        var key = _marker + number;
        return (_leaves[key >> 6] >> (int)(key & 63) & 1) != 0;
    }

    /// <summary>Adds a number.</summary>
    public void Add(nuint number)
    {
        var key = _marker + number;
        var word = _leaves + (key >> 6);
        var before = *word;
        *word = before | 1UL << (int)(key & 63);
        // A summary changes only where its word was empty. Node 0 or 1 is the root.
        while (before == 0 && key > 127)
        {
            key >>= 6;
            word = _summaries + (key >> 6);
            before = *word;
            *word = before | 1UL << (int)(key & 63);
        }
    }

    /// <summary>Removes a member.</summary>
    /// <returns>True if it was the last member.</returns>
    public bool Remove(nuint number)
    {
        var key = _marker + number;
        var word = _leaves + (key >> 6);
        var after = *word & ~(1UL << (int)(key & 63));
        *word = after;
        while (after == 0 && key > 127)
        {
            key >>= 6;
            word = _summaries + (key >> 6);
            after = *word & ~(1UL << (int)(key & 63));
            *word = after;
        }
        // If the loop ended before the root, the word is not zero.
        return after == 0;
    }

    /// <summary>Returns the lowest member; there must be one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nuint Lowest()
    {
        nuint node = _root;
        for (var level = _summaryLevels; level > 0; level--)
            node = (node << 6) + (uint)BitOperations.TrailingZeroCount(_summaries[node]);
        return (node << 6) + (uint)BitOperations.TrailingZeroCount(_leaves[node]) - _marker;
    }

    private static int CeilingLog2(nuint value) => value <= 1 ? 0 : BitOperations.Log2(value - 1) + 1;

    private static nuint LeafWords(nuint bitCount)
    {
        // With fewer than 64 numbers the marker and the bits above it share the one word.
        return (bitCount + 63) >> 6;
    }

    private static nuint SummaryWords(int log) => log <= 6 ? 0 : Math.Max(1, (nuint)1 << log >> 11);
}
