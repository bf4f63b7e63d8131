using System.Runtime.CompilerServices;

namespace Arena.Pools;

public sealed unsafe partial class Pool<T>
{
    /// <summary>
    /// Walks the live slots in address order, from the bitmaps. The current slot may be freed; of slots that are
    /// allocated meanwhile some are seen and some are not.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The pool, or its arena, was disposed.</exception>
    public Enumerator GetEnumerator()
    {
        ThrowIfDisposed();
        return new Enumerator(this);
    }

    // Where the walk goes on: in the same slab when it is still there and not at its end, else in the next one; nowhere
    // at the end. Handed over by value: an enumerator whose address is taken would live in memory, not in registers,
    // and an out parameter would be cleared at every step.
    private WalkPlace Continue(ulong* next)
    {
        // What was freed since goes into the bitmaps; the first call that takes it out again is noticed by the version.
        CloseFastPath();
        var slab = next == null ? null : _geometry.SlabOf(next - 1);
        var position = _slabs.PositionOf(slab);
        var isThere = position < _slabs.Count && _slabs[position] == slab;
        var word = isThere ? (int)(next - SlabGeometry.Words(slab)) : 0;
        if (isThere && word >= _slabs.WordCount(slab))
        {
            position++;
            word = 0;
        }
        if (position >= _slabs.Count)
            return default;
        slab = _slabs[position];
        var words = SlabGeometry.Words(slab);
        return new WalkPlace
        {
            Next = words + word + 1,
            // It is not whole.
            LastWord = words + _slabs.WordCount(slab) - 1,
            WordBase = _geometry.WordBase(slab, word),
            Live = ~words[word] & _slabs.FullWord(slab, word),
            Version = _version,
        };
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
        private byte* _current;
        private ulong _live;
        private int _version;

        internal Enumerator(Pool<T> pool)
        {
            _pool = pool;
            _strideBytes = pool._strideBytes;
            _wordBytes = 64 * _strideBytes;
        }

        /// <summary>The current slot's value.</summary>
        public readonly ref T Current => ref *(T*)_current;

        /// <summary>Goes to the next live slot.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            while (_live == 0)
            {
                if (_next < _lastWord && _version == _pool._version)
                {
                    _live = ~*_next;
                    _next++;
                    _wordBase += _wordBytes;
                    continue;
                }
                var place = _pool.Continue(_next);
                if (place.Next == null)
                    return false;
                _next = place.Next;
                _lastWord = place.LastWord;
                _wordBase = place.WordBase;
                _live = place.Live;
                _version = place.Version;
            }
            _current = _wordBase + (LowestBit(_live) * _strideBytes);
            _live &= _live - 1;
            return true;
        }
    }
}
