using System.Runtime.CompilerServices;

namespace Arena.Pools;

public sealed unsafe partial class Pool<T>
{
    /// <summary>Walks the live slots in address order, from the bitmaps.</summary>
    /// <remarks>
    /// The loop's body may allocate, free, trim and clear; the rule of all walks holds. Slots that the body freed are
    /// not shown, and even the current slot may be freed. Slots that it allocated may be shown. The walk goes upwards,
    /// no farther than the last slot that had storage when it began, so it always ends. After Dispose, of the pool or
    /// its arena, its next step throws an <see cref="ObjectDisposedException"/>.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public Enumerator GetEnumerator()
    {
        ThrowIfDisposed();
        return new Enumerator(this);
    }

    // Returns the end of the last slab's words, or of the last slot with pages of its own; null if there is none.
    private ulong* EndOfWords()
    {
        var endOfPaged = PagedCount == 0 ? null : (ulong*)(Paged!.Last + 1);
        if (_slabs.Count == 0)
            return endOfPaged;
        var last = _slabs[_slabs.Count - 1];
        var end = SlabGeometry.Words(last) + _slabs.WordCount(last);
        return endOfPaged > end ? endOfPaged : end;
    }

    // Finds where the walk continues: in the rest of the same word, then in the same slab while it exists, then in the
    // next one; at a live slot, or nowhere at the end. The place is returned by value: an enumerator whose address is
    // taken would live in memory, not in registers, and an out parameter would be cleared at every step.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WalkPlace Continue(ulong* next, ulong left, ulong* end)
    {
        Enter();
        try
        {
            return ContinueInside(next, left, end);
        }
        finally
        {
            Leave();
        }
    }

    private WalkPlace ContinueInside(ulong* next, ulong left, ulong* end)
    {
        ThrowIfDisposed();
        return Paged is null ? ContinueInSlabs(next, left, end) : ContinueAmongPaged(next, left, end);
    }

    private WalkPlace ContinueInSlabs(ulong* next, ulong left, ulong* end)
    {
        var slab = next == null ? null : _geometry.SlabOf(next - 1);
        var position = _slabs.PositionOf(slab);
        var isThere = position < _slabs.Count && _slabs[position] == slab;
        var word = isThere ? (int)(next - SlabGeometry.Words(slab)) : 0;
        left &= isThere ? LiveOf(slab, word - 1) : 0;
        if (left == 0)
            return ContinueFrom(position, word, end);
        if (_slabs.LooksOften(next))
            return PlaceAt(slab, word - 1, end, left, unchecked(_version - 1));
        CloseFastPath();
        return PlaceAt(slab, word - 1, end, left, _version);
    }

    private WalkPlace ContinueFrom(int position, int word, ulong* end)
    {
        // Recent frees go into the bitmaps; the version changes with the first call that takes a slot out again, or
        // frees one.
        CloseFastPath();
        while (position < _slabs.Count)
        {
            var slab = _slabs[position];
            if (SlabGeometry.Words(slab) + word >= end)
                break;
            if (word >= _slabs.WordCount(slab))
            {
                position++;
                word = 0;
                continue;
            }
            var live = WithoutWaiting(slab, word, ~SlabGeometry.Words(slab)[word] & _slabs.FullWord(slab, word));
            if (live != 0)
                return PlaceAt(slab, word, end, live, _version);
            word++;
        }
        return default;
    }

    private WalkPlace PlaceAt(byte* slab, int word, ulong* end, ulong live, int version)
    {
        var words = SlabGeometry.Words(slab);
        var wordEnd = words + _slabs.WordCount(slab);
        return new WalkPlace
        {
            Next = words + word + 1,
            // The last word is not whole. The bits do not say which slots are in quarantine.
            LastWord = HasWaiting ? words + word : (wordEnd < end ? wordEnd : end) - 1,
            WordBase = _geometry.WordBase(slab, word),
            Live = live,
            Version = version,
        };
    }

    // Returns the live slots of a word, wherever the pool keeps the word's bits.
    private ulong LiveOf(byte* slab, int word) => WithoutWaiting(slab, word, TakenIn(slab, word));

    // Returns them with the slots in quarantine.
    private ulong TakenIn(byte* slab, int word)
    {
        if (word >= _slabs.WordCount(slab))
            return 0;
        var bits = SlabGeometry.Words(slab) + word;
        var live = ~(IsEntered(bits) ? Bits : *bits) & _slabs.FullWord(slab, word);
        var hot = Hot;
        if (_geometry.SlabOf(hot) == slab && _geometry.IndexOf(slab, hot) / 64 == (nuint)word)
            live &= ~(1UL << (int)_geometry.IndexOf(slab, hot));
        return live;
    }

    private struct WalkPlace
    {
        public ulong* Next;
        public ulong* LastWord;
        public byte* WordBase;
        public ulong Live;
        public int Version;
    }

    /// <summary>Walks live slots; see <see cref="GetEnumerator"/>.</summary>
    public ref struct Enumerator
    {
        private readonly Pool<T> _pool;
        private readonly nuint _strideBytes;
        private readonly nuint _wordBytes;
        private ulong* _next;
        private ulong* _lastWord;
        private byte* _wordBase;
        private readonly ulong* _end;
        private byte* _current;
        private ulong _live;
        private int _version;

        internal Enumerator(Pool<T> pool)
        {
            _pool = pool;
            _strideBytes = pool._strideBytes;
            _wordBytes = 64 * _strideBytes;
            _end = pool.EndOfWords();
        }

        /// <summary>The current slot's value; as a pointer, it is valid until the slot is freed.</summary>
        public readonly ref T Current => ref *(T*)_current;

        /// <summary>Goes to the next live slot.</summary>
        /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            while (_live == 0 || _version != _pool._version)
            {
                if (_next < _lastWord && _version == _pool._version)
                {
                    _live = ~*_next;
                    _next++;
                    _wordBase += _wordBytes;
                    continue;
                }
                var place = _pool.Continue(_next, _live, _end);
                if (place.Next == null)
                    return false;
                _next = place.Next;
                _lastWord = place.LastWord;
                _wordBase = place.WordBase;
                _live = place.Live;
                _version = place.Version;
                break;
            }
            _current = _wordBase + LowestBit(_live) * _strideBytes;
            _live &= _live - 1;
            return true;
        }
    }
}
