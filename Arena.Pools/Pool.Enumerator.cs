using System.Numerics;

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

    /// <summary>Walks live slots; see <see cref="GetEnumerator"/>.</summary>
    public ref struct Enumerator
    {
        private readonly Pool<T> _pool;
        private readonly int _stride;
        private readonly nint _wordStride;
        private ulong _live;
        private byte* _wordBase;
        private byte* _current;
        private ulong* _word;
        private ulong* _lastWord;
        private byte* _slab;
        private int _version;

        internal Enumerator(Pool<T> pool)
        {
            _pool = pool;
            _stride = pool._geometry.Layout.StrideBytes;
            _wordStride = (nint)64 * _stride;
            _version = pool._slabs.Version;
        }

        /// <summary>The current slot's value.</summary>
        public readonly ref T Current => ref *(T*)_current;

        /// <summary>Goes to the next live slot.</summary>
        public bool MoveNext()
        {
            while (_live == 0)
            {
                // The last word of a slab is not whole, and a slab may have gone since the last step.
                if (_word >= _lastWord || _version != _pool._slabs.Version)
                {
                    if (!NextSlab())
                        return false;
                    continue;
                }
                _word++;
                _wordBase += _wordStride;
                _live = ~*_word;
                if (_word == _lastWord)
                    _live &= _pool._geometry.LastWordFull;
            }
            _current = _wordBase + (nint)BitOperations.TrailingZeroCount(_live) * _stride;
            _live &= _live - 1;
            return true;
        }

        private bool NextSlab()
        {
            var slabs = _pool._slabs;
            var position = _slab == null ? 0 : slabs.PositionOf(_slab);
            var stillThere = _slab != null && position < slabs.Count && slabs[position] == _slab;
            _version = slabs.Version;
            // Where the walk was interrupted in the middle of a slab that is still there, it goes on in it.
            if (stillThere && _word < _lastWord)
                return true;
            if (stillThere)
                position++;
            if (position >= slabs.Count)
                return false;
            _slab = slabs[position];
            ref readonly var geometry = ref _pool._geometry;
            _word = SlabGeometry.Words(_slab) - 1;
            _lastWord = _word + geometry.WordCount;
            _wordBase = geometry.WordBase(_slab, 0) - _wordStride;
            return true;
        }
    }
}
