using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Collections;

/// <summary>
/// Bits, as many as it was made with, in an allocator. A struct to be passed by ref; a copy is stale once the original
/// was disposed.
/// </summary>
/// <remarks>
/// <c>default</c> has no bits. It takes a bit for each, in words of 8 bytes. For one thread at a time: two bits of one
/// word are written by one store.
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

    /// <summary>Bits that are all clear.</summary>
    /// <param name="allocator">Where they live: a heap, a buddy or frame allocator, or one of your own.</param>
    /// <param name="bitCount">How many there are.</param>
    /// <param name="file">Filled in by the compiler: reports name this line.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="ArenaOutOfMemoryException">The allocator cannot serve it.</exception>
    /// <exception cref="ObjectDisposedException">The allocator was disposed.</exception>
    public NativeBitSet(
        AllocatorHandle allocator, int bitCount,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bitCount);
        _origin = new Origin(allocator, file, line, member);
        var words = (int)((bitCount + (WordBits - 1L)) >> WordShift);
        if (words > 0)
            _origin.Resize(ref _words, ref _wordCount, words, sizeof(ulong), NaturalAlignment.AtLeast16<ulong>());
        _bitCount = bitCount;
        Clear();
    }

    /// <summary>Bits that there are.</summary>
    public readonly int BitCount => _bitCount;

    /// <summary>Bits that are set: a step per 64.</summary>
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

    // The last word's bits beyond the last bit are always clear.
    private readonly Span<ulong> Words
    {
        get
        {
            if (Checks.IsOn)
                _origin.Check();
            return new Span<ulong>(_words, _wordCount);
        }
    }

    /// <summary>A bit.</summary>
    /// <param name="index">At least 0 and less than the number of bits.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not.</exception>
    /// <exception cref="InvalidOperationException">A bit is set of a set that has no allocator.</exception>
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
    /// <param name="value">False clears it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not.</exception>
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

    /// <summary>The first bit that is set, or -1.</summary>
    /// <param name="from">The first bit that is looked at, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public readonly int FirstSet(int from = 0) => First(from, flip: 0);

    /// <summary>The first bit that is clear, or -1.</summary>
    /// <param name="from">The first bit that is looked at, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public readonly int FirstClear(int from = 0) => First(from, flip: ulong.MaxValue);

    /// <summary>Clears all bits.</summary>
    public void Clear()
    {
        if (Checks.IsOn)
            _origin.CheckChange();
        NativeMemory.Clear(_words, (nuint)_wordCount * sizeof(ulong));
    }

    /// <summary>Frees its memory. It is default thereafter; frame memory dies with its frame.</summary>
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
