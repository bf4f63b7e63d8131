using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// The pages that other pages of a slab are compared with, those found last, each with the bytes that live on its
/// storage. Pages side by side that fit onto others side by side take one call to the operating system together, and
/// one mapping.
/// <code>
/// places     | 0   1   2   3   4   5   6  | ...
/// pages      | 8   9   10  11  40  41  90 | ...              the pages 57 and 58 may go onto 9 and 10
/// </code>
/// </summary>
internal sealed class HostWindow
{
    /// <summary>The most pages that go onto others together.</summary>
    public const int GroupPages = 4;

    private const int Places = 128;
    private const int None = -1;

    private readonly int[] _pages = new int[Places];
    private readonly ulong[] _bits;
    private readonly int _bitWords;
    private int _next;

    /// <summary>Makes an empty window for pages with this many words of live bits.</summary>
    public HostWindow(int bitWords)
    {
        _bitWords = bitWords;
        _bits = new ulong[bitWords * Places];
        Clear();
    }

    /// <summary>The number of places that were ever taken.</summary>
    public int Count { get; private set; }

    public void Clear()
    {
        Array.Fill(_pages, None);
        (_next, Count) = (0, 0);
    }

    public bool Contains(int page) => _pages.AsSpan(0, Count).Contains(page);

    /// <summary>Returns the page at a place, or a negative number.</summary>
    public int PageAt(int place) => _pages[place];

    /// <summary>Returns the live bits of the page at a place.</summary>
    public Span<ulong> BitsAt(int place) => _bits.AsSpan(place * _bitWords, _bitWords);

    /// <summary>Removes a page that takes no others any more.</summary>
    public void RemoveAt(int place) => _pages[place] = None;

    /// <summary>Returns whether a page fits onto the one at a place.</summary>
    public bool Fits(int place, ReadOnlySpan<ulong> bits) => _pages[place] >= 0 && !Overlap(BitsAt(place), bits);

    /// <summary>Returns whether the pages at both places lie at the same distance from each other.</summary>
    public bool IsSideBySide(int place, int behind) =>
        place + behind < Count && _pages[place + behind] == _pages[place] + behind;

    /// <summary>Puts a page into the place of the oldest one.</summary>
    public void Add(int page, ReadOnlySpan<ulong> bits)
    {
        _pages[_next] = page;
        bits.CopyTo(BitsAt(_next));
        Count = Math.Max(Count, _next + 1);
        _next = (_next + 1) % Places;
    }

    /// <summary>
    /// Returns the first place, from one on, onto whose page a page fits, or <see cref="Count"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int FindFitting(int from, ReadOnlySpan<ulong> bits)
    {
        var place = from;
        if (_bitWords == 1)
        {
            for (var its = bits[0]; place < Count && ((_bits[place] & its) != 0 || _pages[place] < 0);)
                place++;
            return place;
        }
        while (place < Count && !Fits(place, bits))
            place++;
        return place;
    }

    /// <summary>Returns whether two pages have live bytes in common places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Overlap(ReadOnlySpan<ulong> some, ReadOnlySpan<ulong> others)
    {
        var word = 0;
        for (; word + Vector<ulong>.Count <= some.Length; word += Vector<ulong>.Count)
        {
            if ((new Vector<ulong>(some[word..]) & new Vector<ulong>(others[word..])) != Vector<ulong>.Zero)
                return true;
        }
        for (; word < some.Length; word++)
        {
            if ((some[word] & others[word]) != 0)
                return true;
        }
        return false;
    }
}
