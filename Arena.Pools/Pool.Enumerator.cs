using System.Numerics;
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
        LeaveFastPath();
        return new Enumerator(this);
    }

    // Where the walk goes on: in the same slab when it is still there and not at its end, else in the next one. Its
    // place is handed over by value: an enumerator whose address is taken would live in memory, not in registers.
    private bool NextWord(byte* slab, ulong* word, ulong* lastWord, out WalkPlace place)
    {
        place = default;
        var position = slab == null ? 0 : _slabs.PositionOf(slab);
        var stillThere = slab != null && position < _slabs.Count && _slabs[position] == slab;
        if (!stillThere || word == lastWord)
        {
            position += stillThere ? 1 : 0;
            if (position >= _slabs.Count)
                return false;
            slab = _slabs[position];
            word = SlabGeometry.Words(slab) - 1;
        }
        word++;
        var index = (int)(word - SlabGeometry.Words(slab));
        place.Slab = slab;
        place.Word = word;
        place.LastWord = SlabGeometry.Words(slab) + _geometry.LastWord;
        place.WordBase = _geometry.WordBase(slab, index);
        place.Live = ~*word & _geometry.FullWord(index);
        place.Version = _slabs.Version;
        return true;
    }

    private struct WalkPlace
    {
        public byte* Slab;
        public ulong* Word;
        public ulong* LastWord;
        public byte* WordBase;
        public ulong Live;
        public int Version;
    }

    /// <summary>Walks live slots; see <see cref="GetEnumerator"/>.</summary>
    public ref struct Enumerator
    {
        private readonly Pool<T> _pool;
        private readonly SlabSet _slabs;
        private readonly int _stride;
        private byte* _slab;
        private ulong* _word;
        private ulong* _lastWord;
        private byte* _wordBase;
        private byte* _current;
        private ulong _live;
        private int _version;

        internal Enumerator(Pool<T> pool)
        {
            _pool = pool;
            _slabs = pool._slabs;
            _stride = pool._geometry.Layout.StrideBytes;
        }

        /// <summary>The current slot's value.</summary>
        public readonly ref T Current => ref *(T*)_current;

        /// <summary>Goes to the next live slot.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            while (_live == 0)
            {
                // The last word of a slab is not whole, and a slab may have gone since the last step.
                if (_word + 1 < _lastWord && _version == _slabs.Version)
                {
                    _word++;
                    _wordBase += (nint)64 * _stride;
                    _live = ~*_word;
                    continue;
                }
                if (!_pool.NextWord(_slab, _word, _lastWord, out var place))
                    return false;
                _slab = place.Slab;
                _word = place.Word;
                _lastWord = place.LastWord;
                _wordBase = place.WordBase;
                _live = place.Live;
                _version = place.Version;
            }
            _current = _wordBase + (nuint)(uint)BitOperations.TrailingZeroCount(_live) * (uint)_stride;
            _live &= _live - 1;
            return true;
        }
    }
}
