using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Collections;

/// <summary>
/// A fixed number of bits in the memory of an allocator. It is a struct; pass it by ref. A copy is stale once the
/// original was disposed.
/// </summary>
/// <remarks>
/// <c>default</c> has no bits. The set takes one bit of memory for each, in words of 8 bytes. It is for one thread at a
/// time, because one store writes all bits of a word.
/// </remarks>
/// <example>
/// <code>
/// var tiles = new NativeBitSet(heap, 256 * 256);
/// tiles[17] = true;
/// Console.WriteLine(tiles.FirstSet());
/// tiles.Dispose();
/// </code>
/// </example>
[DebuggerDisplay("{Count} of {BitCount}")]
public unsafe struct NativeBitSet : IDisposable
{
    private const int WordBits = 64;
    private const int WordShift = 6;

    private void* _words;
    private int _wordCount;
    private int _bitCount;
    private Origin _origin;

    /// <summary>Makes a set of clear bits.</summary>
    /// <param name="allocator">
    /// The allocator that they live in: a heap, a buddy or frame allocator, or a custom one.
    /// </param>
    /// <param name="bitCount">The number of bits.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator has no memory for it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeBitSet(
        AllocatorHandle allocator, int bitCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bitCount);
        _origin = new Origin(allocator, new SourceLine(file, line, member));
        var words = (int)((bitCount + (WordBits - 1L)) >> WordShift);
        if (words > 0)
            _origin.Resize(ref _words, ref _wordCount, words, sizeof(ulong), NaturalAlignment.AtLeast16<ulong>());
        _bitCount = bitCount;
        Clear();
    }

    /// <summary>The number of bits.</summary>
    public readonly int BitCount => _bitCount;

    /// <summary>The number of bits that are set, counted in a step for each 64.</summary>
    public readonly int Count
    {
        get
        {
            var count = 0;
            foreach (var word in Words)
                count += BitOperations.PopCount(word);
            return count;
        }
    }

    // The words of the set. Bits beyond the last one are always clear.
    private readonly Span<ulong> Words
    {
        get
        {
            if (Checks.IsOn)
                _origin.Check();
            return new Span<ulong>(_words, _wordCount);
        }
    }

    /// <summary>Gets or sets a bit.</summary>
    /// <param name="index">At least 0 and less than the number of bits.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    /// <exception cref="InvalidOperationException">A bit is set, and the set has no allocator.</exception>
    public bool this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        readonly get
        {
            if (Checks.IsOn)
                _origin.Check();
            if ((uint)index >= (uint)_bitCount)
                Fail.Index(index, (uint)_bitCount);
            return (((ulong*)_words)[index >> WordShift] >> (index & (WordBits - 1)) & 1) != 0;
        }
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => Set(index, value);
    }

    /// <summary>Sets a bit, or clears it.</summary>
    /// <param name="index">At least 0 and less than the number of bits.</param>
    /// <param name="value">True sets the bit, false clears it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside this range.</exception>
    /// <exception cref="InvalidOperationException">The set has no allocator.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int index, bool value = true)
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        if ((uint)index >= (uint)_bitCount)
            ThrowIndex(index);
        ref var word = ref ((ulong*)_words)[index >> WordShift];
        var bit = 1UL << (index & (WordBits - 1));
        word = value ? word | bit : word & ~bit;
    }

    /// <summary>Returns the first bit that is set, or -1.</summary>
    /// <param name="from">The first bit to look at, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public readonly int FirstSet(int from = 0) => First(from, flip: 0);

    /// <summary>Returns the first bit that is clear, or -1.</summary>
    /// <param name="from">The first bit to look at, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public readonly int FirstClear(int from = 0) => First(from, flip: ulong.MaxValue);

    /// <summary>Clears all bits.</summary>
    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        NativeMemory.Clear(_words, (nuint)_wordCount * sizeof(ulong));
    }

    /// <summary>Frees the memory, and makes this a default value; frame memory dies with its frame.</summary>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="InvalidFreeException">A copy of it was disposed; nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public void Dispose(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        if (Checks.IsOn)
            _origin.TouchBeforeEnd();
        var source = _origin.End(_words);
        var (words, byteCount) = ((nint)_words, (nuint)_wordCount * sizeof(ulong));
        this = default;
        if (words != 0)
            source?.Free(words, byteCount, new SourceLine(file, line, member));
    }

    void IDisposable.Dispose() => Dispose("", 0, nameof(Dispose));

    private readonly int First(int from, ulong flip)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        var words = Words;
        var skipped = ulong.MaxValue << (from & (WordBits - 1));
        for (var i = from >> WordShift; i < words.Length; i++)
        {
            var word = (words[i] ^ flip) & skipped;
            if (word != 0)
            {
                var index = (i << WordShift) + BitOperations.TrailingZeroCount(word);
                return index < _bitCount ? index : -1;
            }
            skipped = ulong.MaxValue;
        }
        return -1;
    }

    private readonly void ThrowIndex(int index)
    {
        if (_origin.IsNone)
            Fail.NoBits();
        Fail.Index(index, (uint)_bitCount);
    }
}
